import type { Connection } from '../connection/connection.ts'

/** Calls that are looked at a time: their places fit into a statement, which takes 256 KiB. */
const STEP = 2_000

/** Where calls are looked for. */
export interface CallBounds {
  /** Calls before this place. */
  readonly below: number
  readonly limit: number
}

/**
 * The newest calls that pass a condition, newest first. The server reads backwards until it has enough, among rows that newer
 * ones replace as well, and only of those that it found is asked what they are now: it would read all of the table otherwise.
 */
export async function newestCalls<Row extends { readonly id: number }>(
  connection: Connection,
  columns: string,
  condition: string,
  { below, limit }: CallBounds
): Promise<Row[]> {
  const found: Row[] = []
  let before = below
  while (found.length < limit) {
    const step = Math.min(STEP, 2 * (limit - found.length))
    const candidates = await connection.rows(
      `SELECT id FROM ${connection.prefix}_calls
        WHERE id < ${before} AND ${condition} ORDER BY id DESC LIMIT ${step}`
    )
    const ids = [...new Set(candidates.map(({ id }) => Number(id)))]
    found.push(...(await currentCalls<Row>(connection, columns, ids, condition)))
    const last = ids.at(-1)
    if (last === undefined || candidates.length < step) break
    before = last
  }
  return found.slice(0, limit)
}

/** What calls are now, of those that pass a condition, newest first. */
export async function currentCalls<Row>(
  connection: Connection,
  columns: string,
  ids: readonly number[],
  condition = 'true'
): Promise<readonly Row[]> {
  if (ids.length === 0) return []
  const rows = await connection.rows(
    `SELECT ${columns} FROM ${connection.prefix}_calls FINAL
      WHERE id IN (${ids.join(', ')}) AND ${condition} ORDER BY id DESC`
  )
  return rows as readonly unknown[] as readonly Row[]
}
