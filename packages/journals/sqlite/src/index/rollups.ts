import { HourTallies, ROLLUP_MS, type TalliedDocument } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { SPAN_BITS } from './index-database.ts'

const SELECT = 'SELECT data FROM rollups WHERE of = ? AND value = ? AND hour = ?'
const PUT = 'INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?)'

/** One walk through all figures, however many hours are meant. */
const DROP = 'DELETE FROM rollups WHERE hour IN (SELECT value FROM json_each(?))'
const [, BITS] = SPAN_BITS
const BLOCKS = `SELECT min(block), max(block) FROM spans
  WHERE bits = ${BITS} AND last_at >= ? AND first_at < ?`
const CALLS = `SELECT * FROM whole_calls WHERE id >= ? AND id < ? AND received_at >= ? AND received_at < ?
  AND stage <> 'received'`

/** A row of the index's calls, as far as figures are made of it. */
type CallRow = TalliedDocument['columns'] & {
  readonly received_at: number
  readonly error_type: string | null
  readonly confidence: number | null
  readonly flags: number
}

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
  add(document: TalliedDocument): void {
    this.#gathered.add(document)
  }

  /** Counts the calls of some hours again, those that the index still has. */
  recount(hours: readonly number[], index: Database): void {
    prepared(index, DROP).run(JSON.stringify(hours))
    for (const hour of hours) {
      const times = [hour * ROLLUP_MS, (hour + 1) * ROLLUP_MS]
      const found = prepared(index, BLOCKS).raw().get(times) as [number | null, number | null]
      const [first, last] = found
      if (first === null || last === null) continue
      const ids = [first * 2 ** BITS, (last + 1) * 2 ** BITS]
      for (const row of prepared(index, CALLS).all(...ids, ...times) as CallRow[]) {
        const { received_at: receivedAt, error_type: errorType, confidence, flags } = row
        this.add({ receivedAt, errorType, confidence, flags, columns: row })
      }
    }
    this.flush()
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
