import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { PartReader } from '../part-reader.ts'
import { CONTENTS_PER_RECORD } from '../schema.ts'
import { type ColdTable, MOST_BYTES, MOST_VALUES } from './block.ts'
import type { ColdEnds, ColdPlaces } from './cold-places.ts'
import { COLD_ROWS } from './cold-rows.ts'

/** Rows that are looked at in one step: those that stay as they are may be many. */
const SLICE = 1_024
/** Lists of contents from which it is taken which parts belong together: a conversation lasts some time. */
const MOST_LISTS = 32_768
/** Fewer values at the end wait for more of them, unless they have many bytes. */
const FEWEST_VALUES = 16
const FEWEST_BYTES = 4 * 1024

/** What is packed next, and where it goes on then. */
export interface ColdWindow {
  readonly table: ColdTable
  /** Rows whose values make a block each. */
  readonly groups: readonly (readonly number[])[]
  readonly next: Partial<ColdPlaces>
}

/** A row that may be packed, with the bytes of its value. */
type Candidate = readonly [id: number, bytes: number]

/** The next rows of each kind, in steps; nothing where all that is cold is packed. Throws SQLite's error. */
export function* nextWindow(
  database: Database,
  places: ColdPlaces,
  ends: ColdEnds
): Generator<void, ColdWindow | undefined> {
  return (
    neighbours(database, 'records', [places.records, ends.records]) ??
    neighbours(database, 'contents', [places.contents, ends.contents]) ??
    (yield* conversations(database, places, ends.contents))
  )
}

/** Neighbours are alike, and are read together. */
function neighbours(
  database: Database,
  table: 'records' | 'contents',
  [from, to]: readonly [from: number, to: number]
): ColdWindow | undefined {
  const { key, value, where } = COLD_ROWS[table]
  const sql = `SELECT ${key}, iif(${where}, octet_length(${value}), NULL)
    FROM main.${table} WHERE ${key} >= ? AND ${key} < ? ORDER BY ${key} LIMIT ${SLICE}`
  const rows = prepared(database, sql).raw().all(from, to) as [id: number, bytes: number | null][]
  const isEnd = rows.length < SLICE
  const found = rows.filter((row): row is [number, number] => row[1] !== null)
  if (isEnd && isLittle(found)) return undefined
  const groups = grouped(found)
  const last = groups.at(-1)
  // The last one may have more neighbours.
  const isOpen = !isEnd && groups.length > 1 && last?.[0] !== undefined
  const next = isOpen ? last[0] : (rows.at(-1)?.[0] ?? from) + 1
  return { table, groups: isOpen ? groups.slice(0, -1) : groups, next: { [table]: next } }
}

/** Parts of a conversation are read together, and stored far from each other. */
function* conversations(
  database: Database,
  places: ColdPlaces,
  end: number
): Generator<void, ColdWindow | undefined> {
  const { roots, next } = yield* rootsOf(database, places, end)
  const newest = [...roots.keys()].reduce((most, id) => Math.max(most, id), places.parts - 1)
  const { where } = COLD_ROWS.parts
  const sql = `SELECT id, iif(${where}, octet_length(body), NULL) FROM main.parts
    WHERE id >= ? AND id <= ? ORDER BY id LIMIT ${SLICE}`
  const found: Candidate[] = []
  for (let from = places.parts; from <= newest; ) {
    const rows = prepared(database, sql).raw().all(from, newest) as [number, number | null][]
    for (const [id, bytes] of rows) if (bytes !== null) found.push([id, bytes])
    from = (rows.at(-1)?.[0] ?? newest) + 1
    yield
  }
  if (next >= end && isLittle(found)) return undefined
  const rootOf = ([id]: Candidate) => roots.get(id) ?? id
  found.sort((one, other) => rootOf(one) - rootOf(other) || one[0] - other[0])
  return { table: 'parts', groups: grouped(found), next: { parts: newest + 1, lists: next } }
}

/** For each new part the first one of its conversation; and which content is the next to look at. */
function* rootsOf(
  database: Database,
  { parts, lists }: ColdPlaces,
  end: number
): Generator<void, { readonly roots: ReadonlyMap<number, number>; readonly next: number }> {
  const reader = new PartReader(database)
  const sql = 'SELECT id, list FROM main.contents WHERE id >= ? AND id < ? AND list IS NOT NULL'
  const roots = new Map<number, number>()
  let next = lists
  for (let count = 0; next < end && count < MOST_LISTS; ) {
    const to = Math.min(end, next + SLICE * CONTENTS_PER_RECORD)
    const rows = prepared(database, sql).raw().all(next, to) as [number, unknown][]
    for (const [id, list] of rows) {
      const ids = list instanceof Uint8Array ? reader.idsOf({ id }, list) : []
      const [root = 0] = ids
      for (const part of ids) if (part >= parts && !roots.has(part)) roots.set(part, root)
    }
    count += rows.length
    next = to
    yield
  }
  return { roots, next }
}

function isLittle(found: readonly Candidate[]): boolean {
  return (
    found.length < FEWEST_VALUES && found.reduce((sum, [, each]) => sum + each, 0) < FEWEST_BYTES
  )
}

/** Rows in their order, as many in a group as fit a block. */
function grouped(found: readonly Candidate[]): number[][] {
  const groups: number[][] = []
  let sum = 0
  for (const [id, bytes] of found) {
    sum += bytes
    const last = groups.at(-1)
    if (last && last.length < MOST_VALUES && sum <= MOST_BYTES) last.push(id)
    else {
      groups.push([id])
      sum = bytes
    }
  }
  return groups
}
