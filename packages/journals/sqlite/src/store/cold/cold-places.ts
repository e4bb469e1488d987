import { isObject } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { CONTENTS_PER_RECORD } from '../schema.ts'
import { sizeOf } from '../tree.ts'

/** How far a log was compressed: the keys of the rows that are looked at next. */
export interface ColdPlaces {
  readonly records: number
  readonly contents: number
  readonly parts: number
  /** Of the contents that say which conversation parts belong to. */
  readonly lists: number
}

/** Where the table `meta` has it: a note, and where there is none that can be read, all is looked at again. */
const NAME = 'compacted'

/** How far a log was compressed. */
export function coldPlaces(database: Database): ColdPlaces {
  const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(NAME)
  const noted = typeof text === 'string' ? parsed(text) : undefined
  const of = (name: keyof ColdPlaces): number => {
    const value = isObject(noted) ? noted[name] : undefined
    return typeof value === 'number' && value > 0 ? value : 0
  }
  return {
    records: of('records'),
    contents: of('contents'),
    parts: of('parts'),
    lists: of('lists')
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Notes how far it was compressed, in the transaction that does it. */
export function noteColdPlaces(database: Database, places: ColdPlaces): void {
  const note = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  note.run(NAME, JSON.stringify(places))
}

/** Before which rows the log was written before a time, in milliseconds. */
export interface ColdEnds {
  readonly records: number
  readonly contents: number
}

/** The records and contents from before a time, in milliseconds. Throws SQLite's error. */
export function coldEnds(database: Database, before: number): ColdEnds {
  const records = firstSince(database, new Date(before).toISOString())
  return { records, contents: records * CONTENTS_PER_RECORD }
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
    const isSince = index === undefined || index >= high || (typeof at === 'string' && at >= time)
    if (isSince) high = middle
    else low = index + 1
  }
  return low
}
