import type { Database } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { prepared } from '../../driver/prepared.ts'
import { idsIn } from './block.ts'
import { COLD_ROWS } from './cold-rows.ts'

/** Blocks that are read at a time. */
const SLICE = 256

/** How many values in blocks no row has: what was emptied is in no block. Throws SQLite's error. */
export function strayValues(database: Database): number {
  if (!hasSchema(database, 'blocks')) return 0
  const sql = 'SELECT id, of, rows FROM main.blocks WHERE id > ? ORDER BY id LIMIT ? + 0'
  let strays = 0
  for (let last = Number.MIN_SAFE_INTEGER; ; ) {
    const blocks = prepared(database, sql).raw().all(last, SLICE) as [number, unknown, unknown][]
    for (const [id, of, rows] of blocks) {
      const ids = rows instanceof Uint8Array ? idsIn(rows) : []
      strays += ids.length - namesOf(database, { id, of, ids })
      last = id
    }
    if (blocks.length < SLICE) return strays
  }
}

interface BlockRows {
  readonly id: number
  readonly of: unknown
  readonly ids: readonly number[]
}

/** How many of the rows of a block name it. */
function namesOf(database: Database, { id, of, ids }: BlockRows): number {
  if (of !== 'records' && of !== 'contents' && of !== 'parts') return 0
  const sql = `SELECT count(*) FROM main.${of}
    WHERE ${COLD_ROWS[of].key} IN (SELECT value FROM json_each(?)) AND block = ?`
  return Number(prepared(database, sql).pluck().get(JSON.stringify(ids), id))
}
