import { expect, test } from 'vitest'
import { isoTime } from '../../src/read/indexed/iso-time.ts'

const DAY_MS = 86_400_000

test('an instant is written as Date writes it, at each edge of a day, a year and of what a Date holds', () => {
  const edges = [
    0,
    DAY_MS,
    951_782_400_000,
    1_790_000_000_000,
    253_402_300_800_000,
    8.64e15,
    -8.64e15,
    -62_167_219_200_000
  ]
  const near = [
    -DAY_MS,
    -60_000,
    -1_000,
    -1.5,
    -1,
    0,
    0.5,
    1,
    9,
    10,
    99,
    100,
    999,
    1_000,
    59_999,
    60_000,
    3_599_999,
    DAY_MS - 1
  ]
  for (const edge of edges) {
    for (const ms of near.map((each) => edge + each).filter((each) => Math.abs(each) <= 8.64e15)) {
      expect(isoTime(ms)).toBe(new Date(ms).toISOString())
    }
  }
})

test('what is no time is refused, and what comes after it is not changed by that', () => {
  const before = isoTime(1_790_000_000_123)
  expect(() => isoTime(Number.NaN)).toThrow(RangeError)
  expect(() => isoTime(9e15)).toThrow(RangeError)
  expect(isoTime(1_790_000_000_123)).toBe(before)
})
