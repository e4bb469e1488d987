import type { UnplacedRecord } from '@slm-audit/core/journal'
import { isOfLog } from '@slm-audit/core/reader'

/** What says whose the contents of a record are. */
export interface RowSubject {
  readonly user?: string
  readonly session?: string
  readonly conversation?: string
  readonly tenant?: string
  /** The call that a record is about which is no call itself. */
  readonly parent?: string
}

/**
 * Whose the contents of a record are; `undefined` for what the log says of itself, such as erasures, holds and keys:
 * whoever verifies, and who looks after the log, must be able to read it.
 */
export function rowSubject(
  record: Pick<UnplacedRecord, 'stage' | 'kind' | 'context' | 'parent'>
): RowSubject | undefined {
  const { stage, context, parent } = record
  if (isOfLog(record)) return undefined
  const { user, session, conversation, tenant } = context ?? {}
  return {
    ...(user !== undefined && { user }),
    ...(session !== undefined && { session }),
    ...(conversation !== undefined && { conversation }),
    ...(tenant !== undefined && { tenant }),
    ...(stage === 'event' && parent !== undefined && { parent })
  }
}
