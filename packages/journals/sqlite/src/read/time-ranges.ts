import type { Database, Statement } from '../driver/database.ts'
import { SPAN_BITS } from '../index/index-database.ts'

/** Records of a log, from an index to before another. */
export type RecordRange = readonly [from: number, to: number]

// Bounds are sums, as `prepared` says.
const SPANS = `SELECT block, first_at >= ? AND last_at < ? FROM spans
  WHERE bits = ? + 0 AND block >= ? + 0 AND block < ? + 0 AND last_at >= ? AND first_at < ? ORDER BY block DESC`

type SpanRow = [block: number, isInside: number]

/** Records between two ranges that are looked at with them, because each range is a statement of its own. */
const MOST_BETWEEN = 2 ** SPAN_BITS[1]
/** Records of the first range that is given before it is known whether more belong to it, and how much longer each next one is. */
const LONG = 2 ** SPAN_BITS[1]
const GROWTH = 8

/** Finds where in a log the records of a time can be, by the times of its blocks (`Spans`). */
export class TimeRanges {
  readonly #spans: Statement

  constructor(index: Database) {
    this.#spans = index.prepare(SPANS).raw()
  }

  /**
   * Ranges of records before `below` outside of which none was received from `since` to before `until`, in milliseconds
   * since 1970; the newest first. Throws SQLite's error.
   */
  *between(since: number, until: number, below: number): Generator<RecordRange, undefined> {
    let last: RecordRange | undefined
    let long = LONG
    for (const [from, to] of this.#blocks(SPAN_BITS.length - 1, [0, below], [since, until])) {
      if (last && last[0] - to <= MOST_BETWEEN && last[1] - last[0] < long) last = [from, last[1]]
      else {
        if (last) {
          yield last
          long *= GROWTH
        }
        last = [from, to]
      }
    }
    if (last) yield last
  }

  /** Blocks of a level, or smaller ones of those that are only in part of the time. */
  *#blocks(
    level: number,
    [from, to]: RecordRange,
    times: readonly [since: number, until: number]
  ): Generator<RecordRange, undefined> {
    const bits = SPAN_BITS[level] ?? 0
    const size = 2 ** bits
    const blocks = [Math.floor(from / size), Math.ceil(to / size)]
    for (const [block, isInside] of this.#spans.all(
      ...times,
      bits,
      ...blocks,
      ...times
    ) as SpanRow[]) {
      const range = [block * size, Math.min(to, (block + 1) * size)] as const
      if (isInside || level === 0) yield range
      else yield* this.#blocks(level - 1, range, times)
    }
  }
}
