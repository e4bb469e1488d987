import { type AuditedCall, lacksContents, mergeCall, mergeRedacted } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { redactionsOf } from '../index/redaction-rows.ts'
import { type ReadableRecord, readableOfCall } from '../store/sealed-rows.ts'

/**
 * A call, out of its records, with what redactions left of its contents, and their marks; `undefined` where there is none. Neither
 * what was said of it nor a flaw is looked for: `SqliteReader.get` adds both.
 */
export function shownCall(
  database: Database,
  auditId: string,
  records: readonly ReadableRecord[] = [...readableOfCall(database, auditId)]
): AuditedCall | undefined {
  if (!records.some(lacksContents)) return mergeCall(records)
  return mergeRedacted(records, redactionsOf(database, auditId))
}
