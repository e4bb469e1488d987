/** Two neighbouring buckets differ by this factor: quantiles are right within two per cent. */
const GAMMA = 1.04
const LOG_GAMMA = Math.log(GAMMA)
/** What is below counts as this: a microsecond, where values are milliseconds. */
const LEAST = 0.001
/** The bucket of that, and how many there are: up to 10^16. */
const FIRST = Math.ceil(Math.log(LEAST) / LOG_GAMMA)
const BUCKETS = Math.ceil(Math.log(1e16) / LOG_GAMMA) - FIRST

/** How numbers fall into buckets, for a store that counts them itself: `ceil(ln(max(least, number)) / logGamma) - first`. */
export const SKETCH_BUCKETS = {
  least: LEAST,
  logGamma: LOG_GAMMA,
  first: FIRST,
  /** The last bucket, which takes all that is above; those below 0 count as 0. */
  last: BUCKETS - 1
} as const

/**
 * How positive numbers are distributed, for quantiles that are right within two per cent. Sketches of
 * parts add up to the sketch of the whole. The buckets are those of DDSketch (VLDB 2019).
 */
export class Sketch {
  /** A sketch that is the only one so far, as it was stored: most are read and never added to. */
  #only: readonly number[] | undefined
  #counts: Float64Array | undefined

  /** Whether it is of no number. */
  get isEmpty(): boolean {
    return this.#only === undefined && this.#counts === undefined
  }

  add(value: number): void {
    const bucket = Math.ceil(Math.log(Math.max(LEAST, value)) / LOG_GAMMA) - FIRST
    const counts = this.#dense()
    const at = Math.min(BUCKETS - 1, Math.max(0, bucket))
    counts[at] = (counts[at] ?? 0) + 1
  }

  /** Adds a sketch as `toJSON` gave it. */
  merge(stored: readonly number[]): void {
    if (stored.length === 0) return
    if (this.isEmpty) this.#only = stored
    else addTo(this.#dense(), stored)
  }

  /** The numbers below which these shares of them are, which ascend; `undefined` where there are none. */
  quantiles(shares: readonly number[]): number[] | undefined {
    if (this.isEmpty) return undefined
    const stored = this.#only ?? this.toJSON()
    let total = 0
    for (let at = 1; at < stored.length; at += 2) total += stored[at] ?? 0
    const found: number[] = []
    let [bucket, seen, at] = [0, 0, 0]
    for (const share of shares) {
      while (at < stored.length && seen <= share * (total - 1)) {
        bucket += stored[at] ?? 0
        seen += stored[at + 1] ?? 0
        at += 2
      }
      found.push((2 * GAMMA ** (bucket + FIRST)) / (GAMMA + 1))
    }
    return found
  }

  /** Buckets in order, each as the distance from the one before and its count. */
  toJSON(): number[] {
    if (this.#only) return [...this.#only]
    const buckets: [bucket: number, count: number][] = []
    this.#counts?.forEach((count, bucket) => {
      if (count > 0) buckets.push([bucket, count])
    })
    return storedSketch(buckets)
  }

  #dense(): Float64Array {
    const counts = this.#counts ?? new Float64Array(BUCKETS)
    if (this.#only) addTo(counts, this.#only)
    this.#only = undefined
    this.#counts = counts
    return counts
  }
}

/** A sketch as it is stored, of buckets with their counts, which ascend. */
export function storedSketch(
  buckets: readonly (readonly [bucket: number, count: number])[]
): number[] {
  let last = 0
  return buckets.flatMap(([bucket, count]) => {
    const distance = bucket - last
    last = bucket
    return [distance, count]
  })
}

function addTo(counts: Float64Array, stored: readonly number[]): void {
  let bucket = 0
  for (let at = 0; at + 1 < stored.length; at += 2) {
    bucket = Math.min(BUCKETS - 1, bucket + (stored[at] ?? 0))
    counts[bucket] = (counts[bucket] ?? 0) + (stored[at + 1] ?? 0)
  }
}
