import { isOfLog } from '../../read/access/own-words.ts'
import type { UnplacedRecord } from '../../record/record.ts'

/** What says whose the contents of a record are. */
export interface RowSubject {
  /** `AuditContext.user`; the pseudonym where users have some. */
  readonly user?: string
  /** `AuditContext.session`. */
  readonly session?: string
  /** `AuditContext.conversation`. */
  readonly conversation?: string
  /** `AuditContext.tenant`. */
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
