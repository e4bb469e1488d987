import type { Database, Statement } from '../driver/database.ts'
import { SPAN_BITS } from './index-database.ts'

const WIDEN = `INSERT INTO spans VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
  SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`

interface Span {
  firstAt: number
  lastAt: number
}

/**
 * Between which times the calls of each block of records were received, at each level of blocks: the order of the log
 * is nearly that of time, but need not be. Gathered in memory while a step is made, and written at its end.
 */
export class Spans {
  readonly #widen: Statement
  readonly #gathered = SPAN_BITS.map((bits) => ({ bits, blocks: new Map<number, Span>() }))

  constructor(index: Database) {
    this.#widen = index.prepare(WIDEN)
  }

  /** Adds a call by its first record, and when that was made, in milliseconds since 1970. */
  add(id: number, at: number): void {
    for (const { bits, blocks } of this.#gathered) {
      const block = Math.floor(id / 2 ** bits)
      const span = blocks.get(block)
      if (!span) blocks.set(block, { firstAt: at, lastAt: at })
      else if (at < span.firstAt) span.firstAt = at
      else if (at > span.lastAt) span.lastAt = at
    }
  }

  /** Writes what was gathered, in the transaction of the step. */
  flush(): void {
    for (const { bits, blocks } of this.#gathered) {
      for (const [block, { firstAt, lastAt }] of blocks) {
        this.#widen.run(bits, block, firstAt, lastAt)
      }
    }
    this.clear()
  }

  /** Forgets what was gathered, as the step is not kept. */
  clear(): void {
    for (const { blocks } of this.#gathered) blocks.clear()
  }
}
