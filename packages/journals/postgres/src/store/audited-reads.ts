import { parseRecord, READS_AUDITED } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'

/** Whether a log records who reads it: it says so in a record, which nothing takes back. Rejects with AuditError. */
export async function areReadsAudited(connection: Connection): Promise<boolean> {
  const sql = `SELECT header FROM ${connection.schema}.records
    WHERE stage = 'event' AND strpos(header, '"kind":"access.audited"') > 0 ORDER BY idx`
  return hasSaid(await connection.rows(sql))
}

/** `areReadsAudited` for whoever writes, and may read no headers. */
export async function areReadsAuditedYet(connection: Connection): Promise<boolean> {
  return hasSaid(await connection.rows(`SELECT header FROM ${connection.schema}.audited_headers()`))
}

/** A tag may say so as well, which parsing tells apart. */
function hasSaid(rows: readonly { readonly header?: unknown }[]): boolean {
  return rows.some(({ header }) => parseRecord({ header: String(header) }).kind === READS_AUDITED)
}
