import { expect, test } from 'vitest'
import { readLogits } from '../src/read-logits.ts'

/** As many numbers between 0 and 1 as are asked for, the same at each run. */
function* random(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

function rowOf(size: number, make: (share: number, at: number) => number): Float32Array {
  const numbers = random(size)
  return Float32Array.from({ length: size }, (_, at) => make(numbers.next().value ?? 0, at))
}

function totalOf(logits: Float32Array): number {
  const highest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return highest + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - highest), 0))
}

const rows = {
  'spread evenly': rowOf(151_936, (share) => share * 20 - 10),
  'of a vocabulary that is no multiple of a block': rowOf(1_001, (share) => share * 6),
  'with one far above': rowOf(50_000, (share, at) => (at === 49_999 ? 40 : share * 8 - 4)),
  'two alike': rowOf(2, () => 0.37),
  'all alike': rowOf(5_000, () => 3.003),
  'very low ones': rowOf(4_000, (share) => share * 10 - 700),
  'very high ones': rowOf(4_000, (share) => share * 30 + 3_000),
  'most of them ruled out': rowOf(9_000, (share, at) =>
    at % 1_000 === 7 ? share : Number.NEGATIVE_INFINITY
  ),
  'one alone': rowOf(1, () => 5)
}

test.each(Object.entries(rows))('logits: %s', (_name, row) => {
  const { total, top } = readLogits(row, 5)
  expect(Math.abs(total - totalOf(row))).toBeLessThan(2e-5)
  const sorted = [...row.entries()].sort(([a, x], [b, y]) => y - x || a - b)
  expect(top).toEqual(sorted.filter(([, value]) => value > -1e300).slice(0, 5))
})

test('logits that jump from token to token are read alike, and none at all are no failure', () => {
  const shifted = [0, 500, -500, 24, -24, 60].map((by) => rows['spread evenly'].map((x) => x + by))
  for (const row of shifted) expect(readLogits(row, 1).total).toBeCloseTo(totalOf(row), 4)
  const none = new Float32Array(10).fill(Number.NEGATIVE_INFINITY)
  expect(readLogits(none, 5).top).toEqual([])
  const odd = Float32Array.from([Number.NaN, 1, Number.NaN])
  expect(readLogits(odd, 5)).toEqual({ total: expect.closeTo(1, 5), top: [[1, 1]] })
})
