import { ANNOTATION } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import type { Reading } from '../store/contents/content-keys.ts'
import type { RecordWithIds } from '../store/sealed-rows.ts'
import { eventsAbout } from './events-about.ts'
import { redactedRecords } from './redactions.ts'

/**
 * The annotations of calls among the records before an index, with what redactions left of them, in the order of the log, by the
 * auditId of the call. Rejects with AuditError.
 */
export async function annotationsOf(
  connection: Connection,
  auditIds: readonly string[],
  before?: number,
  reading?: Reading
): Promise<Map<string, RecordWithIds[]>> {
  const said = await eventsAbout(connection, ANNOTATION, auditIds, before, reading)
  const all = await redactedRecords(connection, [...said.values()].flat(), reading)
  const shown = new Map(all.map((sealed) => [sealed.index, sealed]))
  return new Map(
    [...said].map(([call, own]) => [call, own.map((sealed) => shown.get(sealed.index) ?? sealed)])
  )
}
