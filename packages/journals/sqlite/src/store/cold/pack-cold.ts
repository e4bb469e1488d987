import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { unguarded } from '../upkeep/unguarded.ts'
import { type ColdTable, type ColdValue, packBlock, type StoredBlock } from './block.ts'
import { COLD_ROWS } from './cold-rows.ts'

/** What gets smaller by less than a tenth stays as it is. */
const WORTH_IT = 0.9

/** Values that were packed. */
export interface Packed {
  readonly ids: readonly number[]
  readonly block: StoredBlock
  /** Bytes of the values. */
  readonly bytes: number
  /** Bytes of the block. */
  readonly packed: number
}

/**
 * Packs the values of some rows, as far as they are there and not packed yet; changes nothing. `undefined` where it is
 * not worth it. Throws SQLite's error.
 */
export function packed(
  database: Database,
  table: ColdTable,
  wanted: readonly number[]
): Packed | undefined {
  const { key, value, where } = COLD_ROWS[table]
  const sql = `SELECT CAST(${value} AS BLOB) FROM main.${table} WHERE ${key} = ? AND ${where}`
  const read = prepared(database, sql).pluck()
  const values = [...wanted]
    .sort((one, other) => one - other)
    .map((id) => ({ id, bytes: read.get(id) }))
    .filter((each): each is ColdValue => each.bytes instanceof Uint8Array)
  const bytes = values.reduce((sum, each) => sum + each.bytes.length, 0)
  const block = packBlock(values)
  const length = block.bytes.length + block.rows.length
  if (length > bytes * WORTH_IT) return undefined
  return { ids: values.map(({ id }) => id), block, bytes, packed: length }
}

/**
 * Moves values into their blocks, in a transaction of the caller's in which they were read. Rows are taken
 * away and put back: only so are pages joined that have become empty. Throws SQLite's error.
 */
export function storeBlocks(database: Database, table: ColdTable, found: readonly Packed[]): void {
  unguarded(database, COLD_ROWS[table].guards, () => {
    for (const each of found) storeBlock(database, table, each)
  })
}

function storeBlock(database: Database, table: ColdTable, { ids, block }: Packed): void {
  const { key, value, left, others } = COLD_ROWS[table]
  const newest = prepared(database, 'SELECT coalesce(max(id), 0) FROM main.blocks').pluck().get()
  const id = Number(newest) + 1
  const add = 'INSERT INTO main.blocks (id, of, rows, bytes) VALUES (?, ?, ?, ?)'
  prepared(database, add).run(id, table, block.rows, block.bytes)
  const names = others.join(', ')
  const places = others.map(() => '?').join(', ')
  const read = prepared(database, `SELECT ${names} FROM main.${table} WHERE ${key} = ?`).raw()
  const remove = prepared(database, `DELETE FROM main.${table} WHERE ${key} = ?`)
  const put = prepared(
    database,
    `INSERT INTO main.${table} (${names}, ${value}, block) VALUES (${places}, ${left}, ?)`
  )
  const rows = ids.map((each) => read.get(each) as unknown[])
  for (const each of ids) remove.run(each)
  for (const row of rows) put.run(...row, id)
}
