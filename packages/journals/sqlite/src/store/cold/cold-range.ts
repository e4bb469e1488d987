import type { Database } from '../../driver/database.ts'
import { PartReader } from '../part-reader.ts'
import { CONTENTS_PER_RECORD } from '../schema.ts'
import { sizeOf } from '../tree.ts'
import type { ColdTable } from './block.ts'

/** For each table the key before which rows are cold, or have been looked at. */
export type ColdEnds = { readonly [Table in ColdTable]: number }

/** Lists that are looked at for the newest part: each record that brings parts has larger ids than all before. */
const LISTS = 64

/** Before which rows the log was written before a time, in milliseconds. Throws SQLite's error. */
export function coldEnds(database: Database, before: number): ColdEnds {
  const records = firstSince(database, new Date(before).toISOString())
  const contents = records * CONTENTS_PER_RECORD
  return { records, contents, parts: partsBefore(database, contents) }
}

/** The index of the first record since a time, by halves: clocks that went back a little move it a little. */
function firstSince(database: Database, time: string): number {
  const from = database
    .prepare(
      `SELECT idx, CASE WHEN json_valid(header) THEN json_extract(header, '$.at') END AS at
        FROM records WHERE idx >= ? ORDER BY idx LIMIT 1`
    )
    .raw()
  let [low, high] = [0, sizeOf(database)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [index, at] = (from.get(middle) ?? []) as [number?, unknown?]
    if (index === undefined || index >= high || (typeof at === 'string' && at >= time))
      high = middle
    else low = index + 1
  }
  return low
}

/** The part behind the newest one that contents before a row refer to. */
function partsBefore(database: Database, contents: number): number {
  const lists = database
    .prepare(
      'SELECT id, list FROM contents WHERE id < ? AND list IS NOT NULL ORDER BY id DESC LIMIT ?'
    )
    .raw()
    .all(contents, LISTS) as [number, unknown][]
  const reader = new PartReader(database)
  const ids = lists.flatMap(([id, list]) =>
    list instanceof Uint8Array ? reader.idsOf({ id }, list) : []
  )
  return ids.reduce((newest, id) => Math.max(newest, id + 1), 0)
}
