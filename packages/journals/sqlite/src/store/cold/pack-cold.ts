import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { unguarded } from '../upkeep/unguarded.ts'
import {
  type ColdTable,
  type ColdValue,
  MOST_BYTES,
  MOST_VALUE_BYTES,
  MOST_VALUES,
  packBlock
} from './block.ts'

/** How the rows of a table are packed. */
interface Shape {
  readonly key: string
  readonly value: string
  /** What a row has in place of a value that is in a block. */
  readonly left: string
  /** The columns that stay. */
  readonly others: readonly string[]
  /** Which rows may be packed. */
  readonly where: string
  /** Triggers that keep everybody else from removing rows, and from putting them back. */
  readonly guards: readonly string[]
}

/** A body that is encrypted does not shrink. */
const OF_BODIES = `key IS NULL AND typeof(body) = 'blob' AND octet_length(body) BETWEEN 1 AND ${MOST_VALUE_BYTES}`

const SHAPES: { readonly [Table in ColdTable]: Shape } = {
  records: {
    key: 'idx',
    value: 'header',
    left: "''",
    others: ['idx', 'audit_id', 'stage'],
    where: `stage <> 'event' AND typeof(header) = 'text'`,
    guards: ['records_no_delete', 'records_in_order']
  },
  contents: {
    key: 'id',
    value: 'body',
    left: 'NULL',
    others: ['id', 'name', 'type', 'salt', 'list', 'key'],
    where: OF_BODIES,
    guards: ['contents_no_delete']
  },
  parts: {
    key: 'id',
    value: 'body',
    left: 'NULL',
    others: ['id', 'salt', 'key'],
    where: OF_BODIES,
    guards: ['parts_no_delete']
  }
}

/** A value that gets smaller by less than a tenth stays as it is. */
const WORTH_IT = 0.9
/** Fewer values wait for more of them, unless they have many bytes. */
const FEWEST_VALUES = 16
const FEWEST_BYTES = 4 * 1024

/** Rows that are looked at for one block: those that stay as they are may be many. */
const MOST_LOOKED_AT = 1_024

/** What a step packed. */
export interface Packed {
  /** The key from which the next rows are looked at. */
  readonly next: number
  readonly values: number
  /** Bytes of the values, and of the blocks that have them now. */
  readonly bytes: number
  readonly packed: number
}

/** What would be packed next; nothing is changed. */
export interface PackedBlock extends Packed {
  readonly table: ColdTable
  readonly ids: readonly number[]
  readonly block: ReturnType<typeof packBlock>
}

/**
 * Packs the values of the next rows of a table, from a key to before another; nothing is changed. `undefined` at the
 * end, where the rest waits until it is more. Throws SQLite's error.
 */
export function nextBlock(
  database: Database,
  table: ColdTable,
  range: readonly [from: number, to: number]
): PackedBlock | undefined {
  const { ids, next } = chosenRows(database, table, range)
  if (next === undefined) return undefined
  const { key, value } = SHAPES[table]
  const sql = `SELECT CAST(${value} AS BLOB) FROM main.${table} WHERE ${key} = ?`
  const read = prepared(database, sql).pluck()
  const values = ids.map((id): ColdValue => ({ id, bytes: read.get(id) as Uint8Array }))
  const bytes = values.reduce((sum, each) => sum + each.bytes.length, 0)
  const block = packBlock(values)
  const packed = block.bytes.length + block.rows.length
  const facts = { table, block, next }
  if (packed > bytes * WORTH_IT) return { ...facts, ids: [], values: 0, bytes: 0, packed: 0 }
  return { ...facts, ids, values: ids.length, bytes, packed }
}

/** The rows of the next block, and the key behind the last row that was looked at; none at the end. */
interface Chosen {
  readonly ids: readonly number[]
  readonly next?: number
}

function chosenRows(
  database: Database,
  table: ColdTable,
  [from, to]: readonly [from: number, to: number]
): Chosen {
  const { key, value, where } = SHAPES[table]
  const sql = `SELECT ${key}, iif(block IS NULL AND ${where}, octet_length(${value}), NULL)
    FROM main.${table} WHERE ${key} >= ? AND ${key} < ? ORDER BY ${key} LIMIT ${MOST_LOOKED_AT}`
  const rows = prepared(database, sql).raw().all(from, to) as [id: number, bytes: number | null][]
  const ids: number[] = []
  let sum = 0
  for (const [id, bytes] of rows) {
    if (bytes === null) continue
    sum += bytes
    const isFull = ids.length === MOST_VALUES || (ids.length > 0 && sum > MOST_BYTES)
    if (isFull) return { ids, next: id }
    ids.push(id)
  }
  const isEnd = rows.length < MOST_LOOKED_AT
  if (isEnd && ids.length < FEWEST_VALUES && sum < FEWEST_BYTES) return { ids: [] }
  return { ids, next: (rows.at(-1)?.[0] ?? from) + 1 }
}

/**
 * Moves values into their block, in a transaction of the caller's that began before they were read. Rows are taken
 * away and put back: only so are pages joined that have become empty. Throws SQLite's error.
 */
export function storeBlock(database: Database, { table, ids, block }: PackedBlock): void {
  if (ids.length === 0) return
  const { key, value, left, others, guards } = SHAPES[table]
  const id = Number(
    prepared(database, 'SELECT coalesce(max(id), 0) + 1 FROM main.blocks').pluck().get()
  )
  prepared(database, 'INSERT INTO main.blocks (id, of, rows, bytes) VALUES (?, ?, ?, ?)').run(
    ...[id, table, block.rows, block.bytes]
  )
  const names = others.join(', ')
  const read = prepared(database, `SELECT ${names} FROM main.${table} WHERE ${key} = ?`).raw()
  const remove = prepared(database, `DELETE FROM main.${table} WHERE ${key} = ?`)
  const put = prepared(
    database,
    `INSERT INTO main.${table} (${names}, ${value}, block) VALUES (${others.map(() => '?').join(', ')}, ${left}, ?)`
  )
  unguarded(database, guards, () => {
    const rows = ids.map((each) => read.get(each) as unknown[])
    for (const each of ids) remove.run(each)
    for (const row of rows) put.run(...row, id)
  })
}
