import { KEY_ADDED, parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import { sealedPage } from './sealed-rows.ts'

const SAYS_KEY_ADDED = `stage = 'event' AND strpos(header, '"kind":"${KEY_ADDED}"') > 0`

/** The records that gave a log its keys, before an index, oldest first. */
export async function keyRecords(
  connection: Connection,
  before = Number.MAX_SAFE_INTEGER
): Promise<SealedRecord[]> {
  const sql = `SELECT idx FROM ${connection.schema}.records
    WHERE ${SAYS_KEY_ADDED} AND idx < $1 ORDER BY idx`
  const found: SealedRecord[] = []
  for (const { idx } of await connection.rows(sql, [before])) {
    const [sealed] = await sealedPage(connection, Number(idx), Number(idx) + 1)
    if (sealed && keyOf(sealed.header) !== undefined) found.push(sealed)
  }
  return found
}

/** The newest key of a log as a verifier key, if it has one. */
export async function newestKey(connection: Connection): Promise<string | undefined> {
  // Whoever writes may read no other header.
  const sql = `SELECT header FROM ${connection.schema}.key_headers()`
  for (const { header } of await connection.rows(sql)) {
    const key = keyOf(String(header))
    if (key !== undefined) return key
  }
  return undefined
}

/** What says so in another place is told apart by parsing it. */
function keyOf(header: string): string | undefined {
  const { kind, stage, event } = parseRecord({ header })
  return kind === KEY_ADDED && stage === 'event' ? String(event?.key) : undefined
}
