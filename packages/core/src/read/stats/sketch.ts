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
 * A sketch as it is stored: its buckets in order, each as the distance from the one before and its count. In a list, as a
 * store that counts for itself has them, or in a text as `packed` writes it, which is read several times as fast.
 */
export type StoredSketch = string | readonly number[]

/**
 * How positive numbers are distributed, for quantiles that are right within two per cent. Sketches of
 * parts add up to the sketch of the whole. The buckets are those of DDSketch (VLDB 2019).
 */
export class Sketch {
  /** A sketch that is the only one so far, as it was stored: most are read and never added to. */
  #only: StoredSketch | undefined
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
  merge(stored: StoredSketch): void {
    if (stored.length === 0) return
    if (this.isEmpty) this.#only = stored
    else addTo(this.#dense(), stored)
  }

  /** As `quantilesIn` gives them of what is stored. */
  quantiles(shares: readonly number[]): number[] | undefined {
    return this.isEmpty ? undefined : quantilesIn(this.#only ?? this.#list(), shares)
  }

  /** As a text, which `merge` takes. */
  toJSON(): string {
    return typeof this.#only === 'string' ? this.#only : packed(this.#only ?? this.#list())
  }

  #list(): number[] {
    const counts = this.#counts ?? new Float64Array()
    const list: number[] = []
    let last = 0
    // Most buckets are empty, and this is done for each hour that a step of indexing adds to.
    for (let bucket = 0; bucket < counts.length; bucket++) {
      const count = counts[bucket] ?? 0
      if (count <= 0) continue
      list.push(bucket - last, count)
      last = bucket
    }
    return list
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

/** A digit of a text is one of so many; those that another one follows come behind those that end a number. */
const DIGITS = 28
/** The character of the first digit, so that none is one that JSON escapes. */
const FIRST_DIGIT = 35
const FIRST_FOLLOWED = FIRST_DIGIT + DIGITS

/** Numbers from 0 on as a text, the lowest digit first. One without an end, as a damaged row may hold it, has one here. */
function packed(numbers: readonly number[]): string {
  let text = ''
  for (const number of numbers) {
    let rest = Math.min(number, Number.MAX_SAFE_INTEGER)
    for (; rest >= DIGITS; rest = Math.floor(rest / DIGITS)) {
      text += String.fromCharCode(FIRST_FOLLOWED + (rest % DIGITS))
    }
    text += String.fromCharCode(FIRST_DIGIT + rest)
  }
  return text
}

/** The numbers below which these shares of a stored sketch's are, which ascend; `undefined` where there are none. */
export function quantilesIn(stored: StoredSketch, shares: readonly number[]): number[] | undefined {
  if (stored.length === 0) return undefined
  let total = 0
  for (const step = new Step(stored); step.next(); ) total += step.count
  const found: number[] = []
  const step = new Step(stored)
  let seen = 0
  for (const share of shares) {
    while (seen <= share * (total - 1) && step.next()) seen += step.count
    found.push((2 * GAMMA ** (step.bucket + FIRST)) / (GAMMA + 1))
  }
  return found
}

function addTo(counts: Float64Array, stored: StoredSketch): void {
  for (const step = new Step(stored); step.next(); ) {
    const bucket = Math.min(BUCKETS - 1, step.bucket)
    counts[bucket] = (counts[bucket] ?? 0) + step.count
  }
}

/** Goes through a stored sketch, bucket by bucket, without a list of them: reading thousands makes much to clear away. */
class Step {
  bucket = 0
  count = 0
  readonly #stored: StoredSketch
  #at = 0

  constructor(stored: StoredSketch) {
    this.#stored = stored
  }

  /** Goes on to the next bucket; false where there is none. */
  next(): boolean {
    if (!(this.#at < this.#stored.length)) return false
    this.bucket += this.#number()
    this.count = this.#number()
    return true
  }

  #number(): number {
    const stored = this.#stored
    if (typeof stored !== 'string') return stored[this.#at++] ?? 0
    let [number, weight] = [0, 1]
    for (;;) {
      const code = stored.charCodeAt(this.#at++)
      if (code < FIRST_FOLLOWED) return number + (code - FIRST_DIGIT) * weight
      // Behind the end there is no digit.
      if (Number.isNaN(code)) return 0
      number += (code - FIRST_FOLLOWED) * weight
      weight *= DIGITS
    }
  }
}
