import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { createIndex } from '../../src/index/index-database.ts'
import { Spans } from '../../src/index/spans.ts'
import { TimeRanges } from '../../src/read/time-ranges.ts'

const CALLS = 20_000
/** Records of the smallest block. */
const BLOCK = 64

/** An index of calls that are received at these times, written in two steps. */
function indexed(timeOf: (id: number) => number) {
  const database = openDatabase('')
  createIndex(database, 'example.com/spans')
  const spans = new Spans(database)
  for (let id = 0; id < CALLS; id++) {
    spans.add(id, timeOf(id))
    if (id === 12_345) spans.flush()
  }
  spans.flush()
  return new TimeRanges(database)
}

describe.each<[how: string, timeOf: (id: number) => number, isInOrder: boolean]>([
  ['in order', (id) => 1000 + id, true],
  ['in order but for a few', (id) => (id % 5_000 === 17 ? 3 : 1000 + id), false],
  ['in no order', (id) => 1000 + ((id * 7_919) % CALLS), false],
  ['that are the same', () => 5_000, false]
])('calls whose times are %s', (_, timeOf, isInOrder) => {
  const ranges = indexed(timeOf)

  test.each<[since: number, until: number, below: number]>([
    [3_000, 3_100, CALLS],
    [0, 1_500, CALLS],
    [15_000, 1e12, CALLS],
    [4_999, 5_001, 9_000],
    [2_000, 18_000, 10_001],
    [-10, 3, CALLS],
    [1e12, 1e13, CALLS],
    [-8.64e15, 8.64e15, Number.MAX_SAFE_INTEGER]
  ])('are all in the ranges from %i to %i, below record %i', (since, until, below) => {
    const found = [...ranges.between(since, until, below)]
    let end = below
    for (const [from, to] of found) {
      expect(to).toBeLessThanOrEqual(end)
      expect(from).toBeLessThan(to)
      end = from
    }
    const isFound = (id: number) => found.some(([from, to]) => id >= from && id < to)
    let fitting = 0
    for (let id = 0; id < Math.min(CALLS, below); id++) {
      if (timeOf(id) < since || timeOf(id) >= until) continue
      fitting++
      if (!isFound(id)) expect.fail(`record ${id} is in no range`)
    }
    if (!isInOrder || below > CALLS) return
    const covered = found.reduce((sum, [from, to]) => sum + to - from, 0)
    expect(covered).toBeLessThanOrEqual(fitting + 2 * BLOCK)
  })
})
