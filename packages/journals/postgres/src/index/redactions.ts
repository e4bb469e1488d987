import { CONTENTS_REDACTED } from '@slm-audit/core/journal'
import { lacksContents, withRedacted } from '@slm-audit/core/reader'
import type { Connection } from '../connection/connection.ts'
import type { Reading } from '../store/contents/content-keys.ts'
import type { RecordWithIds } from '../store/sealed-rows.ts'
import { eventsAbout } from './events-about.ts'

/** The redactions of records, in the order of the log, by the auditId of what they are of. Rejects with AuditError. */
export function redactionsOf(
  connection: Connection,
  auditIds: readonly string[],
  reading?: Reading
): Promise<Map<string, RecordWithIds[]>> {
  return eventsAbout(connection, CONTENTS_REDACTED, auditIds, undefined, reading)
}

/**
 * Records with what redactions left in place of contents that are gone, also those that the index does not have yet: what is gone
 * has no other form. Rejects with AuditError.
 */
export async function redactedRecords(
  connection: Connection,
  records: readonly RecordWithIds[],
  reading?: Reading
): Promise<RecordWithIds[]> {
  const lacking = records.filter(lacksContents)
  if (lacking.length === 0) return [...records]
  const ids = [...new Set(lacking.map(idOf))]
  const redactions = await redactionsOf(connection, ids, reading)
  return records.flatMap((sealed) => withRedacted([sealed], redactions.get(idOf(sealed)) ?? []))
}

/** As its columns have it, also where its header cannot be read. */
function idOf({ filedAs }: RecordWithIds): string {
  return filedAs?.auditId ?? ''
}
