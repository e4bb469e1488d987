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

  /** The numbers below which these shares of them are, which ascend; `undefined` where there are none. */
  quantiles(shares: readonly number[]): number[] | undefined {
    if (this.isEmpty) return undefined
    const stored = listed(this.#only ?? this.#list())
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

  /** As a text, which `merge` takes. */
  toJSON(): string {
    return typeof this.#only === 'string' ? this.#only : packed(this.#only ?? this.#list())
  }

  #list(): number[] {
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

/** The numbers of a stored sketch. */
function listed(stored: StoredSketch): readonly number[] {
  if (typeof stored !== 'string') return stored
  const numbers: number[] = []
  let [number, weight] = [0, 1]
  for (let at = 0; at < stored.length; at++) {
    const code = stored.charCodeAt(at)
    if (code >= FIRST_FOLLOWED) {
      number += (code - FIRST_FOLLOWED) * weight
      weight *= DIGITS
      continue
    }
    numbers.push(number + (code - FIRST_DIGIT) * weight)
    number = 0
    weight = 1
  }
  return numbers
}

function addTo(counts: Float64Array, sketch: StoredSketch): void {
  const stored = listed(sketch)
  let bucket = 0
  for (let at = 0; at + 1 < stored.length; at += 2) {
    bucket = Math.min(BUCKETS - 1, bucket + (stored[at] ?? 0))
    counts[bucket] = (counts[bucket] ?? 0) + (stored[at + 1] ?? 0)
  }
}
