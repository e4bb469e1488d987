import type { Connection } from '../connection/connection.ts'
import type { LostPiece } from './plan-erasure.ts'

/** Keys of some numbers that nothing is encrypted with but what is to go. */
const UNUSED = (s: string) => `wrapped IS NOT NULL AND NOT is_secret
  AND NOT EXISTS (SELECT 1 FROM ${s}.contents WHERE contents.key = content_keys.id)
  AND NOT EXISTS (SELECT 1 FROM ${s}.parts WHERE parts.key = content_keys.id)`

/** The numbers of the keys that pieces are encrypted with. */
export function keysOf(pieces: readonly Pick<LostPiece, 'key'>[]): number[] {
  return [...new Set(pieces.flatMap(({ key }) => key ?? []))]
}

/**
 * Destroys those of some keys that nothing is encrypted with any more, so that older copies cannot be read either; all of the
 * log unless some are given. In the transaction that took the contents; how many there were. Rejects with AuditError.
 */
export async function destroyUnused(
  connection: Connection,
  ids?: readonly number[]
): Promise<number> {
  if (ids?.length === 0) return 0
  const s = connection.schema
  const among = ids ? 'id = ANY($1) AND ' : ''
  return await connection.run(
    `UPDATE ${s}.content_keys SET subject = NULL, wrapped = NULL, check_value = NULL
      WHERE ${among}${UNUSED(s)}`,
    ids ? [ids] : []
  )
}

/**
 * How many keys nothing would be encrypted with, of those of some pieces, once these have gone. Rejects with AuditError.
 */
export async function countUnused(
  connection: Connection,
  pieces: readonly LostPiece[]
): Promise<number> {
  const ids = keysOf(pieces)
  if (ids.length === 0) return 0
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT key, count(*) AS stored FROM (SELECT key FROM ${s}.contents WHERE key = ANY($1)
      UNION ALL SELECT key FROM ${s}.parts WHERE key = ANY($1)) AS encrypted GROUP BY key`,
    [ids]
  )
  const going = Map.groupBy(pieces, ({ key }) => key)
  return rows.filter(({ key, stored }) => going.get(Number(key))?.length === Number(stored)).length
}

/** Has nobody be able to tell any more whose calls some pseudonyms name. Rejects with AuditError. */
export async function forgetNames(connection: Connection, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await connection.run(`DELETE FROM ${connection.schema}.pseudonyms WHERE name = ANY($1)`, [names])
}
