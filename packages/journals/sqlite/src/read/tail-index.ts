import type { Database } from '../driver/database.ts'
import { openDatabase } from '../driver/driver.ts'
import { createIndex, placeOf } from '../index/index-database.ts'
import { Indexer } from '../index/indexer.ts'
import { originOf } from '../store/schema.ts'
import { IndexLayer } from './index-layer.ts'

/**
 * An index of the end of a log, for what its index file does not hold yet. It is a temporary
 * database that SQLite keeps without a name and gives up with its handle.
 */
export class TailIndex {
  /** The first record that it indexes. */
  readonly from: number
  readonly layer: IndexLayer
  readonly #database: Database
  readonly #indexer: Indexer
  readonly #parts: number

  /** `parts` is the newest part that is known to be stored before `from`. */
  constructor(evidence: Database, from: number, parts = 0) {
    this.from = from
    this.#parts = parts
    this.#database = openDatabase('')
    createIndex(this.#database, originOf(evidence))
    this.#indexer = new Indexer(evidence, this.#database, from, parts)
    this.layer = new IndexLayer(this.#database)
  }

  /** The index of the log at which it ends. */
  get to(): number {
    return Math.max(this.from, placeOf(this.#database).reached)
  }

  /** The newest part that is known to be stored before that. */
  get parts(): number {
    return Math.max(this.#parts, placeOf(this.#database).parts)
  }

  /** Calls that began before its first record and have a record in it, which it knows better than older layers. */
  get known(): number[] {
    return this.#database
      .prepare('SELECT id FROM calls WHERE id < ?')
      .pluck()
      .all(this.from) as number[]
  }

  /** Indexes on, to an index of the log or until a deadline; true when it is there. */
  advance(until: number, deadline: number): boolean {
    return this.#indexer.advance({ until, deadline })
  }

  close(): void {
    this.#database.close()
  }
}
