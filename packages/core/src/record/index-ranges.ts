import type { IndexRange } from './retention-record.ts'

/** A set of indices that is kept as ranges. */
export class IndexRanges {
  /** Ascending, none touches the next. */
  #ranges: IndexRange[] = []

  constructor(ranges: Iterable<IndexRange> = []) {
    for (const range of ranges) this.add(range)
  }

  /** The ranges, ascending, none touching the next. */
  get all(): readonly IndexRange[] {
    return this.#ranges
  }

  /** Takes in the indices of a range. */
  add([from, to]: IndexRange): void {
    const first = this.#firstEnding(from)
    let next = first
    let [low, high] = [from, to]
    for (; next < this.#ranges.length; next++) {
      const [start, end] = this.#ranges[next] ?? [0, 0]
      if (start > high) break
      low = Math.min(low, start)
      high = Math.max(high, end)
    }
    this.#ranges.splice(first, next - first, [low, high])
  }

  /** Whether an index is among them. */
  has(index: number): boolean {
    const [from, to] = this.#ranges[this.#firstEnding(index + 1)] ?? [0, 0]
    return from <= index && index < to
  }

  /** The first index of a range that is not among them; `undefined` where all are. */
  missingIn([from, to]: IndexRange): number | undefined {
    const [start, end] = this.#ranges[this.#firstEnding(from + 1)] ?? [to, to]
    if (start > from) return from
    return end < to ? end : undefined
  }

  /** The place of the first range that ends at an index or later. */
  #firstEnding(index: number): number {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ranges[middle]?.[1] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return low
  }
}
