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

/**
 * The interval of the difference of two shares, the second less the first: Newcombe's hybrid of two
 * Wilson intervals (Statistics in Medicine 17, 1998, method 10).
 */
export function differenceInterval(
  first: { readonly part: number; readonly of: number },
  second: { readonly part: number; readonly of: number }
): Interval {
  const [one, two] = [shareInterval(first.part, first.of), shareInterval(second.part, second.of)]
  const [before, after] = [first.part / first.of, second.part / second.of]
  const difference = after - before
  return {
    low: difference - Math.hypot(after - two.low, one.high - before),
    high: difference + Math.hypot(two.high - after, before - one.low)
  }
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
