import { CONTENTS_REDACTED, type SealedRecord } from '@slm-audit/core/journal'
import { lacksContents, type WithContents, withRedacted } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { eventsAbout } from './annotation-rows.ts'

/** The redactions of a call among the records before an index, in the order of the log. */
export function redactionsOf(
  database: Database,
  auditId: string,
  until = Number.MAX_SAFE_INTEGER
): SealedRecord[] {
  return eventsAbout(database, auditId, CONTENTS_REDACTED, until)
}

/** Records of a call with what later redactions left in place of contents that are gone. */
export function redactedRecords<Sealed extends WithContents>(
  database: Database,
  auditId: string,
  records: readonly Sealed[],
  until?: number
): Sealed[] {
  if (!records.some(lacksContents)) return [...records]
  return withRedacted(records, redactionsOf(database, auditId, until))
}
