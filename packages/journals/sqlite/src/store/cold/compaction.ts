import type { Database } from '../../driver/database.ts'
import { giveBack } from '../upkeep/give-back.ts'
import { heldFrom } from '../upkeep/held-time.ts'
import { keepLogSmall } from '../upkeep/small-log.ts'
import { StepSize } from '../upkeep/step-size.ts'
import { whenFree } from '../upkeep/when-free.ts'
import type { ColdTable } from './block.ts'
import { coldEnds, coldPlaces, noteColdPlaces } from './cold-places.ts'
import { type ColdWindow, nextWindow } from './cold-window.ts'
import { type Packed, packed, storeBlocks } from './pack-cold.ts'

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
    const database = this.#database
    const ends = coldEnds(database, this.#before)
    for (let places = coldPlaces(database); ; ) {
      const found = yield* nextWindow(database, places, ends)
      if (!found) return
      for (const group of found.groups) {
        this.#count(found.table, packed(database, found.table, group))
        yield
      }
      places = { ...places, ...found.next }
    }
  }

  /** Compresses what is cold and gives space back. Each step is a transaction. Throws SQLite's error. */
  *steps(): Generator<void> {
    const database = this.#database
    const wiping = database.pragma('secure_delete', { simple: true })
    // What is erased later must not be in pages that are free by then.
    database.pragma('secure_delete = ON')
    try {
      yield* keepLogSmall(database, this.#pack())
    } finally {
      database.pragma(`secure_delete = ${wiping === 2 ? 'FAST' : wiping}`)
    }
    if (this.#counts.packed > 0) yield* giveBack(database)
  }

  *#pack(): Generator<void> {
    const database = this.#database
    const ends = coldEnds(database, this.#before)
    const size = new StepSize(1)
    for (;;) {
      const found = yield* nextWindow(database, coldPlaces(database), ends)
      if (!found) return
      let at = 0
      do {
        const [began, from] = [performance.now(), at]
        const to = Math.min(from + size.count, found.groups.length)
        yield* whenFree(() => this.#step(found, [from, to]))
        heldFrom(database, began)
        size.took(performance.now() - began, to - from)
        yield
        at = to
      } while (at < found.groups.length)
    }
  }

  /** Packs some groups of a window. What it has not packed when it is cut short is looked at again. */
  #step({ table, groups, next }: ColdWindow, [from, to]: readonly [number, number]): void {
    const database = this.#database
    const step = database.transaction(() => {
      const done = groups.slice(from, to).flatMap((group) => packed(database, table, group) ?? [])
      if (done.length > 0) storeBlocks(database, table, done)
      if (to >= groups.length) noteColdPlaces(database, { ...coldPlaces(database), ...next })
      return done
    })
    for (const each of step.immediate()) this.#count(table, each)
  }

  #count(table: ColdTable, found: Packed | undefined): void {
    if (!found) return
    this.#counts[table === 'records' ? 'records' : 'contents'] += found.ids.length
    this.#counts.bytes += found.bytes
    this.#counts.packed += found.packed
  }
}
