import type { Connection } from '../connection/connection.ts'

/** A checkpoint as it was signed, and with the cosignatures that came later. */
export interface StoredCheckpoint {
  /** Records that it covers. */
  readonly size: number
  /** The note as the log signed it. */
  readonly signed: string
  /** The note with the cosignatures of witnesses. */
  readonly note: string
}

const select = (s: string) => `SELECT size, note AS signed, note || coalesce((
    SELECT string_agg(line || chr(10), '' ORDER BY line) FROM ${s}.cosignatures AS own
      WHERE own.size = checkpoints.size), '') AS note
  FROM ${s}.checkpoints`

/** All checkpoints, ascending. */
export async function readCheckpoints(connection: Connection): Promise<StoredCheckpoint[]> {
  return asCheckpoints(await connection.rows(`${select(connection.schema)} ORDER BY size`))
}

/** The checkpoint of the largest size that the log has, if there is one. */
export async function newestCheckpoint(
  connection: Connection
): Promise<StoredCheckpoint | undefined> {
  const sql = `${select(connection.schema)} ORDER BY size DESC LIMIT 1`
  return asCheckpoints(await connection.rows(sql))[0]
}

/** Of the checkpoints that cover a record, the one with the most cosignatures, the newest of those. */
export async function bestCheckpoint(
  connection: Connection,
  index: number
): Promise<StoredCheckpoint | undefined> {
  const s = connection.schema
  const sql = `${select(s)} WHERE size > $1 ORDER BY
    (SELECT count(*) FROM ${s}.cosignatures AS own WHERE own.size = checkpoints.size) DESC, size DESC LIMIT 1`
  return asCheckpoints(await connection.rows(sql, [index]))[0]
}

/** Stores a signed checkpoint; false when another writer has stored one of this size. */
export async function storeCheckpoint(
  connection: Connection,
  size: number,
  note: string
): Promise<boolean> {
  const sql = `INSERT INTO ${connection.schema}.checkpoints (size, note) VALUES ($1, $2)
    ON CONFLICT (size) DO NOTHING`
  return (await connection.run(sql, [size, note])) > 0
}

/** Adds the cosignatures of witnesses to a checkpoint; one that is there stays once. */
export async function storeCosignatures(
  connection: Connection,
  size: number,
  lines: readonly string[]
): Promise<void> {
  const sql = `INSERT INTO ${connection.schema}.cosignatures
    SELECT $1, line FROM unnest($2::text[]) AS line ON CONFLICT DO NOTHING`
  await connection.run(sql, [size, lines])
}

function asCheckpoints(rows: readonly object[]): StoredCheckpoint[] {
  return rows as unknown as StoredCheckpoint[]
}
