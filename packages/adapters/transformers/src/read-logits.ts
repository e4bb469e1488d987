/** What is read of the logits of one token. */
export interface ReadLogits {
  /** The logarithm of the sum of the powers of all of them: a logit less this is its log probability. */
  readonly total: number
  /** The highest, the highest first, each with its place. */
  readonly top: readonly (readonly [id: number, logit: number])[]
}

/** Logits are looked at in blocks, of which the highest is kept: the few that hold the top are found by it. */
const BLOCK = 64
/**
 * Logits are counted by value, in steps of 1/64: a power for each step is enough then, where one for each of the 150,000
 * of a vocabulary would take a millisecond at each token.
 */
const STEPS = 64
/** How far the counted values reach. */
const RANGE = 64
/** What is less than e to the power of this, compared with the highest, does not change a sum. */
const LEAST = -24
/** Where in the range the highest logit is expected: its place varies from token to token. */
const PLACE = 40
/** What one logit adds to a step's count; how far it is into the step is added to that, as a part of 1. */
const UNIT = 2 ** 22
/** Within a step, logits lie evenly: the mean of the squares of their distances from its middle, halved. */
const SPREAD = 1 / (24 * STEPS * STEPS)

const counts = new Float64Array(RANGE * STEPS)
let powers: Float64Array | undefined
let maxima = new Float32Array(0)
let expected = 0

/** Reads a row of logits in one pass, right to six digits. */
export function readLogits(logits: Float32Array, size: number): ReadLogits {
  let base = expected - PLACE
  let highest = count(logits, base)
  if (Number.isFinite(highest) && (highest - base < -LEAST || highest - base >= RANGE - 1)) {
    base = highest - PLACE
    highest = count(logits, base)
  }
  expected = Number.isFinite(highest) ? highest : 0
  return { total: highest + Math.log(sumOf(base, highest)), top: topOf(logits, size) }
}

/** Counts the logits by value from `base` on, notes the highest of each block, and returns the highest of all. */
function count(logits: Float32Array, base: number): number {
  const { length } = logits
  const blocks = Math.ceil(length / BLOCK)
  if (maxima.length < blocks) maxima = new Float32Array(blocks)
  counts.fill(0)
  const steps = counts.length
  let highest = Number.NEGATIVE_INFINITY
  for (let block = 0, at = 0; block < blocks; block++) {
    const end = Math.min(at + BLOCK, length)
    let most = Number.NEGATIVE_INFINITY
    for (; at < end; at++) {
      const value = logits[at] as number
      if (value > most) most = value
      const place = (value - base) * STEPS
      if (place >= 0 && place < steps) {
        const step = place | 0
        counts[step] = (counts[step] as number) + UNIT + (place - step)
      }
    }
    maxima[block] = most
    if (most > highest) highest = most
  }
  return highest
}

/** The sum of e to the power of each logit counted, less the highest. */
function sumOf(base: number, highest: number): number {
  powers ??= Float64Array.from(counts, (_, step) => Math.exp(step / STEPS - PLACE))
  let sum = 0
  for (let step = 0; step < counts.length; step++) {
    const counted = counts[step] as number
    if (counted === 0) continue
    const many = Math.floor(counted * (1 / UNIT))
    const rest = (counted - many * UNIT) * (1 / STEPS)
    const spread = many > 2 ? many * SPREAD : 0
    sum += (powers[step] as number) * (many + rest + (rest * rest) / (2 * many) + spread)
  }
  return sum * Math.exp(base + PLACE - highest)
}

function topOf(logits: Float32Array, size: number): [id: number, logit: number][] {
  const top: [id: number, logit: number][] = []
  let lowest = Number.NEGATIVE_INFINITY
  for (let from = 0, block = 0; from < logits.length; from += BLOCK, block++) {
    if ((maxima[block] as number) <= lowest) continue
    const end = Math.min(from + BLOCK, logits.length)
    for (let at = from; at < end; at++) {
      const value = logits[at] as number
      if (!(value > lowest)) continue
      const place = top.findIndex(([, other]) => value > other)
      top.splice(place === -1 ? top.length : place, 0, [at, value])
      if (top.length > size) top.pop()
      if (top.length === size) lowest = top[size - 1]?.[1] ?? lowest
    }
  }
  return top
}
