import { closeSync, existsSync, openSync } from 'node:fs'
import type { IndexRange } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { openDatabase } from '../driver/driver.ts'
import { emptyLog } from '../store/empty-log.ts'
import { holdFile } from '../store/held-file.ts'
import { giveSpaceBack } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { giveBack } from '../store/upkeep/give-back.ts'
import { batchesOf, StepSize } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'
import type { StepBounds } from './evidence-pages.ts'
import { forgottenHours } from './forgetting.ts'
import {
  createIndex,
  indexPath,
  isIndex,
  isIndexOf,
  PAGE_SIZE,
  placeOf,
  removeIndex
} from './index-database.ts'
import { Indexer } from './indexer.ts'
import { isMergeDue, mergeTexts, merging } from './merge-texts.ts'
import { Rollups } from './rollups.ts'
import { dropUnusedTraits } from './traits.ts'

/** How long a writer of the index waits for another one's steps, in milliseconds, unless it is told. */
const BUSY_TIMEOUT = 5_000

/**
 * The index file of a log, as whoever may write it has it: opened at the first step, made where it
 * is missing, and made anew where it is damaged, of another log or of another version.
 */
export class IndexFile {
  readonly #evidence: Database
  readonly #file: string
  readonly #timeoutMs: number
  #open:
    | {
        readonly database: Database
        readonly indexer: Indexer
        readonly check: () => void
        /** A merge that was begun. */
        merging: Generator<void> | undefined
      }
    | undefined

  /**
   * `evidence` is the log's database at `file`; it stays open as long as the index is used. `timeoutMs` is how long
   * another one's steps are waited for.
   */
  constructor(evidence: Database, file: string, timeoutMs = BUSY_TIMEOUT) {
    this.#evidence = evidence
    this.#file = file
    this.#timeoutMs = timeoutMs
  }

  /**
   * Indexes on until a bound; true when it has reached the end. A damaged index is made anew. Throws
   * SQLite's error; the next step then begins with a file that is opened again.
   */
  advance(bounds: StepBounds): boolean {
    return this.#anewIfDamaged(() => this.#advance(bounds))
  }

  #anewIfDamaged<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    this.remove()
    return run()
  }

  #advance(bounds: StepBounds): boolean {
    try {
      this.#open?.check()
      this.#open ??= this.#reopen()
      return this.#open.indexer.advance(bounds)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The size of the log that is indexed; opens the file. */
  reached(): number {
    this.#open ??= this.#reopen()
    return placeOf(this.#open.database).reached
  }

  /**
   * Overwrites what deleted texts left behind: full-text search keeps the words of what was replaced
   * until its parts are merged. Throws SQLite's error.
   */
  purge(): void {
    this.#open ??= this.#reopen()
    const { database } = this.#open
    database.pragma('secure_delete = ON')
    dropUnusedTraits(database)
    database.exec(`INSERT INTO texts (texts) VALUES ('optimize')`)
    emptyLog(database)
  }

  /** As `Indexer.forget`; what there is no index of is nothing to forget. A damaged index is made anew. */
  forget(range: IndexRange, goes: (index: number) => boolean): void {
    this.#anewIfDamaged(() => {
      this.#open?.check()
      this.#open ??= this.#reopen()
      this.#open.indexer.forget(range, goes)
    })
  }

  /** Once all has gone that goes: hours are counted again of which calls were forgotten, and what has not gone is there again. */
  *settle(): Generator<void> {
    yield* this.#orAnew(this.#settling())
  }

  *#settling(): Generator<void> {
    this.#open ??= this.#reopen()
    const hours = forgottenHours(this.#open.database)
    const some = new StepSize(FEWEST_HOURS)
    for (const each of batchesOf(hours.values(), () => some.count)) {
      const began = performance.now()
      yield* whenFree(() => this.#recount(each))
      some.took(performance.now() - began, each.length)
      yield
    }
    for (let after: number | undefined = -1; after !== undefined; yield) {
      const last: number = after
      after = yield* whenFree(() => this.#open?.indexer.restore(last))
    }
  }

  #recount(hours: readonly number[]): void {
    this.#open ??= this.#reopen()
    const { database } = this.#open
    const rollups = new Rollups(database)
    database.transaction(() => rollups.recount(hours, database)).immediate()
  }

  /** As `purge`, in steps that leave the thread to others, without waiting for whoever reads. */
  *purgeSlowly(): Generator<void> {
    yield* this.#orAnew(this.#purging())
  }

  /** Made anew, an index is without what is gone. */
  *#orAnew(steps: Generator<void>): Generator<void> {
    try {
      yield* steps
    } catch (error) {
      if (!isDamage(error)) throw error
      this.remove()
    }
  }

  *#purging(): Generator<void> {
    this.#open ??= this.#reopen()
    const { database } = this.#open
    database.pragma('secure_delete = ON')
    yield* whenFree(() => dropUnusedTraits(database))
    yield* mergeTexts(database)
    yield* giveBack(database)
  }

  /**
   * A step of merging what searches look into, where so much was indexed since it was merged last that it is worth it:
   * half of what there is, or a sixteenth while nothing comes. True when nothing is left to do. Throws SQLite's error.
   */
  merge(isQuiet: boolean): boolean {
    try {
      this.#open?.check()
      this.#open ??= this.#reopen()
      const { database } = this.#open
      this.#open.merging ??= isMergeDue(database, isQuiet) ? merging(database) : undefined
      const isDone = this.#open.merging?.next().done ?? true
      if (isDone) this.#open.merging = undefined
      return isDone
    } catch (error) {
      this.close()
      if (!isDamage(error)) throw error
      // Made anew by the next step.
      this.remove()
      return false
    }
  }

  /** Merges all that searches look into, for whoever has made an index at once. Throws SQLite's error. */
  *mergeAll(): Generator<void> {
    this.#open ??= this.#reopen()
    yield* merging(this.#open.database)
  }

  /** What could not be indexed, or not in whole. */
  skipped(): { readonly index: number; readonly reason: string }[] {
    this.#open ??= this.#reopen()
    const select = this.#open.database.prepare('SELECT idx AS "index", reason FROM skipped')
    return select.all() as { index: number; reason: string }[]
  }

  /** Takes it away: whoever indexes next makes it anew. */
  remove(): void {
    this.close()
    removeIndex(this.#file)
  }

  close(): void {
    this.#open?.database.close()
    this.#open = undefined
  }

  #reopen() {
    const path = indexPath(this.#file)
    const database = this.#openUsable(path) ?? this.#create(path)
    try {
      const indexer = new Indexer(this.#evidence, database)
      return { database, indexer, check: holdFile(path), merging: undefined }
    } catch (error) {
      database.close()
      throw error
    }
  }

  #openUsable(path: string): Database | undefined {
    if (!existsSync(path)) return undefined
    const database = openDatabase(path, { timeoutMs: this.#timeoutMs })
    try {
      prepare(database)
      if (isIndex(database) && isIndexOf(this.#evidence, placeOf(database))) return database
    } catch (error) {
      database.close()
      if (!isDamage(error)) throw error
      removeIndex(this.#file)
      return undefined
    }
    database.close()
    removeIndex(this.#file)
    return undefined
  }

  #create(path: string): Database {
    // Closing another handle would end the locks that this process has on the file (POSIX).
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    const database = openDatabase(path, { timeoutMs: this.#timeoutMs })
    try {
      prepare(database)
      const createOnce = database.transaction(() => {
        if (!isIndex(database)) createIndex(database, originOf(this.#evidence))
      })
      createOnce.immediate()
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }
}

/** Hours that are counted again in one step at least: each step walks through all figures. */
const FEWEST_HOURS = 24

/** So many pages, 16 MB as of the log itself, wait to be written to their places: those of full-text search are merged before. */
const WAL_PAGES = 4_000

function prepare(database: Database): void {
  database.pragma(`page_size = ${PAGE_SIZE}`)
  giveSpaceBack(database)
  database.pragma('secure_delete = FAST')
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database.pragma(`wal_autocheckpoint = ${WAL_PAGES}`)
}

/** Whether an index is not what it was made as: bytes, tables or the log that it is of. */
function isDamage(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return /^SQLITE_(CORRUPT|NOTADB|ERROR$)|journal_damaged/.test(String(code))
}
