import { type CallDocument, HourTallies } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'

const SELECT = 'SELECT data FROM rollups WHERE of = ? AND value = ? AND hour = ?'
const PUT = 'INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?)'

/**
 * The figures of each hour's model calls (`HourTallies`), counted when a call has ended. Gathered in memory
 * while a step is made, and added at its end.
 */
export class Rollups {
  readonly #select: Statement
  readonly #put: Statement
  readonly #gathered = new HourTallies()

  constructor(index: Database) {
    this.#select = index.prepare(SELECT).pluck()
    this.#put = index.prepare(PUT)
  }

  /** Counts a call that has ended and was not counted before. */
  add(document: CallDocument): void {
    this.#gathered.add(document)
  }

  /** Adds what was gathered to what is stored, in the transaction of the step. */
  flush(): void {
    for (const { of, value, hour, tally } of this.#gathered.all()) {
      const stored = this.#select.get(of, value, hour) as string | undefined
      if (stored !== undefined) tally.merge(JSON.parse(stored))
      this.#put.run(of, value, hour, JSON.stringify(tally))
    }
    this.clear()
  }

  /** Forgets what was gathered, as the step is not kept. */
  clear(): void {
    this.#gathered.clear()
  }
}
