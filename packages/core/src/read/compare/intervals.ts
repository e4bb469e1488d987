/** Where a number lies with a probability of 95%. */
export interface Interval {
  /** The least that it may be. */
  readonly low: number
  /** The most that it may be. */
  readonly high: number
}

/** The 97.5% quantile of the normal distribution. */
const Z = 1.959964

/** The interval of a share: Wilson's, which is right also where few of few are. */
export function shareInterval(part: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 }
  const share = part / of
  const spread = 1 + Z ** 2 / of
  const middle = (share + Z ** 2 / (2 * of)) / spread
  const half = (Z / spread) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2))
  return {
    low: part === 0 ? 0 : Math.max(0, middle - half),
    high: part === of ? 1 : Math.min(1, middle + half)
  }
}

/** Pairs by which of their two have something. */
export interface PairCounts {
  /** Both have it. */
  readonly both: number
  /** The first alone has it. */
  readonly first: number
  /** The second alone has it. */
  readonly second: number
  /** None has it. */
  readonly neither: number
}

/**
 * The interval of the difference of two shares of the same pairs, the second less the first: Newcombe's hybrid of two
 * Wilson intervals, which takes into account how alike the two of a pair are (Statistics in Medicine 17, 1998, 2635-2650,
 * method 10). Of no pairs, all that a difference can be.
 */
export function pairedInterval({ both, first, second, neither }: PairCounts): Interval {
  const of = both + first + second + neither
  if (of === 0) return { low: -1, high: 1 }
  const [before, after] = [(both + first) / of, (both + second) / of]
  const [one, two] = [shareInterval(both + first, of), shareInterval(both + second, of)]
  const likeness = likenessOf({ both, first, second, neither }, of)
  const half = (own: number, other: number) =>
    Math.sqrt(own ** 2 - 2 * likeness * own * other + other ** 2)
  return {
    low: after - before - half(after - two.low, one.high - before),
    high: after - before + half(two.high - after, before - one.low)
  }
}

/** How alike the two of a pair are: their phi coefficient, corrected for how coarse counts are; 0 where all are alike. */
function likenessOf({ both, first, second, neither }: PairCounts, of: number): number {
  const product = (both + first) * (second + neither) * (both + second) * (first + neither)
  if (product === 0) return 0
  const excess = both * neither - first * second
  const corrected = excess > 0 ? Math.max(excess - of / 2, 0) : excess
  return corrected / Math.sqrt(product)
}

const RESAMPLES = 400

/**
 * The interval of a difference that is computed of pairs, by drawing as many pairs again and again
 * (bootstrap); the same pairs give the same interval.
 *
 * @param difference Of the drawn values of both sides.
 */
export function bootstrapInterval(
  first: readonly number[],
  second: readonly number[],
  difference: (first: Float64Array, second: Float64Array) => number
): Interval {
  const size = Math.min(first.length, second.length)
  const [one, two] = [new Float64Array(size), new Float64Array(size)]
  const found = new Float64Array(RESAMPLES)
  let state = 1
  for (let at = 0; at < RESAMPLES; at++) {
    for (let drawn = 0; drawn < size; drawn++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const pair = Math.floor((state / 2 ** 32) * size)
      one[drawn] = first[pair] ?? 0
      two[drawn] = second[pair] ?? 0
    }
    found[at] = difference(one, two)
  }
  found.sort()
  const quantile = (share: number) => found[Math.round(share * (RESAMPLES - 1))] ?? 0
  return { low: quantile(0.025), high: quantile(0.975) }
}

/** The number below which a share of some numbers is; sorts them. */
export function quantileOf(numbers: Float64Array, share: number): number {
  numbers.sort()
  return numbers[Math.floor(share * (numbers.length - 1))] ?? Number.NaN
}

/** The mean of some numbers. */
export function meanOf(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < numbers.length; at++) sum += numbers[at] ?? 0
  return sum / numbers.length
}
