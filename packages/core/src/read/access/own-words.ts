import { isStanding } from '../../record/hold-record.ts'
import type { UnplacedRecord } from '../../record/record.ts'
import { parseRecord, type SealedRecord } from '../../record/sealed-record.ts'

/**
 * Whether a record says something of the log itself, such as erasures, holds and keys: whoever verifies, and who looks after
 * the log, must be able to read it whole.
 */
export function isOfLog({
  stage,
  kind,
  context,
  parent
}: Pick<UnplacedRecord, 'stage' | 'kind' | 'context' | 'parent'>): boolean {
  return stage === 'event' && (isStanding(kind) || (!context && parent === undefined))
}

/** A record without its contents, but for one that says something of the log itself. */
export function withOwnWordsOnly(sealed: SealedRecord): SealedRecord {
  if (isOfLog(parseRecord(sealed))) return sealed
  return {
    ...sealed,
    contents: sealed.contents.map(({ name, type }) => ({ name, type, salt: NO_SALT }))
  }
}

const NO_SALT = new Uint8Array()
