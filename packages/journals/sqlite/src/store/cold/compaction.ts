import { isObject } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { giveBack } from '../upkeep/give-back.ts'
import { heldFrom } from '../upkeep/held-time.ts'
import { keepLogSmall } from '../upkeep/small-log.ts'
import { StepSize } from '../upkeep/step-size.ts'
import { whenFree } from '../upkeep/when-free.ts'
import type { ColdTable } from './block.ts'
import { type ColdEnds, coldEnds } from './cold-range.ts'
import { nextBlock, type Packed, storeBlock } from './pack-cold.ts'

/** What of a log was compressed, or would be. */
export interface CompactReport {
  /** Records whose headers were. */
  readonly records: number
  /** Contents, and parts of contents, whose bytes were. */
  readonly contents: number
  /** Bytes of all of them before. */
  readonly bytes: number
  /** Bytes of the blocks that have them now. */
  readonly packed: number
}

const TABLES = ['records', 'contents', 'parts'] as const
/** Where the table `meta` has how far each table was compressed. */
const PLACE = 'compacted'

/** Compresses what is cold, in steps between which others write. */
export class Compaction {
  readonly #database: Database
  readonly #before: number
  readonly #counts = { records: 0, contents: 0, bytes: 0, packed: 0 }

  /** What was written before a time, in milliseconds, is cold. */
  constructor(database: Database, before: number) {
    this.#database = database
    this.#before = before
  }

  /** What was compressed so far; in a rehearsal, what would be. */
  get report(): CompactReport {
    return this.#counts
  }

  /** Says what it would compress, and changes nothing. */
  *rehearse(): Generator<void> {
    const ends = coldEnds(this.#database, this.#before)
    const places = placesIn(this.#database)
    for (const table of TABLES) {
      for (let from = places[table]; ; ) {
        const found = nextBlock(this.#database, table, [from, ends[table]])
        if (!found) break
        this.#count(table, found)
        from = found.next
        yield
      }
    }
  }

  /** Compresses what is cold and gives space back. Each step is a transaction. Throws SQLite's error. */
  *steps(): Generator<void> {
    const database = this.#database
    const wiping = database.pragma('secure_delete', { simple: true })
    // What is erased later must not be in pages that are free by then.
    database.pragma('secure_delete = ON')
    try {
      yield* keepLogSmall(database, this.#pack(coldEnds(database, this.#before)))
    } finally {
      database.pragma(`secure_delete = ${wiping === 2 ? 'FAST' : wiping}`)
    }
    if (this.#counts.packed > 0) yield* giveBack(database)
  }

  *#pack(ends: ColdEnds): Generator<void> {
    const size = new StepSize(1)
    for (const table of TABLES) {
      for (let isLeft = true; isLeft; ) {
        const began = performance.now()
        const [count] = [size.count]
        isLeft = yield* whenFree(() => this.#step(table, ends[table], count))
        heldFrom(this.#database, began)
        size.took(performance.now() - began, count)
        yield
      }
    }
  }

  /** Packs some blocks of a table; false at the end. */
  #step(table: ColdTable, end: number, most: number): boolean {
    const database = this.#database
    const packed: Packed[] = []
    const step = database.transaction(() => {
      const places = placesIn(database)
      let next = places[table]
      for (let count = 0; count < most; count++) {
        const found = nextBlock(database, table, [next, end])
        if (!found) break
        storeBlock(database, found)
        packed.push(found)
        next = found.next
      }
      if (packed.length > 0) notePlaces(database, { ...places, [table]: next })
      return packed.length === most
    })
    const isLeft = step.immediate()
    for (const each of packed) this.#count(table, each)
    return isLeft
  }

  #count(table: ColdTable, { values, bytes, packed }: Packed): void {
    this.#counts[table === 'records' ? 'records' : 'contents'] += values
    this.#counts.bytes += bytes
    this.#counts.packed += packed
  }
}

/** How far each table was compressed: a note, and where it is none, from the beginning. */
function placesIn(database: Database): ColdEnds {
  const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(PLACE)
  const noted: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
  const of = (table: ColdTable): number => {
    const value = isObject(noted) ? noted[table] : undefined
    return typeof value === 'number' && value > 0 ? value : 0
  }
  return { records: of('records'), contents: of('contents'), parts: of('parts') }
}

function notePlaces(database: Database, places: ColdEnds): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(PLACE, JSON.stringify(places))
}
