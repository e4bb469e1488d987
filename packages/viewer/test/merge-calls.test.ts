import type { CallSummary } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { merged, withNewest } from '../src/app/state/merge-calls.ts'
import { oneAtATime } from '../src/app/state/one-at-a-time.ts'

const call = (index: number, stage: CallSummary['stage'] = 'complete'): CallSummary => ({
  auditId: `id-${index}`,
  index,
  kind: 'call',
  stage,
  receivedAt: '2026-11-29T08:00:00.000Z'
})
const indices = (list: readonly CallSummary[]) => list.map(({ index }) => index)

describe('a list and the newest calls', () => {
  const rows = [call(9), call(7, 'received'), call(5)]

  test('at the top: what is new is on top, what has changed is in place, what has left the filter is gone', () => {
    const found = [call(11), call(10), call(7)]
    const next = withNewest(rows, [], { found, from: 7, isAtTop: true })
    expect(indices(next.rows)).toEqual([11, 10, 7, 5])
    expect(next.rows[2]?.stage).toBe('complete')
    expect(next.waiting).toEqual([])
  })

  test('further down: no row moves, new ones wait in order and each once', () => {
    const once = withNewest(rows, [], { found: [call(10), call(7)], from: 7, isAtTop: false })
    const twice = withNewest(once.rows, once.waiting, {
      found: [call(11), call(10), call(8)],
      from: 8,
      isAtTop: false
    })
    expect(indices(twice.rows)).toEqual([9, 7, 5])
    expect(indices(twice.waiting)).toEqual([11, 10, 8])
    expect(indices(merged(twice.waiting, twice.rows))).toEqual([11, 10, 9, 8, 7, 5])
  })

  test('an empty list takes its first call', () => {
    expect(indices(withNewest([], [], { found: [call(0)], from: 0, isAtTop: true }).rows)).toEqual([
      0
    ])
  })
})

test('what a change asks for is asked one at a time, and once more after the last change', async () => {
  const ended = new AbortController()
  const asked: PromiseWithResolvers<void>[] = []
  const run = () => {
    asked.push(Promise.withResolvers<void>())
    return asked.at(-1)?.promise ?? Promise.resolve()
  }
  const change = oneAtATime(run, 0, ended.signal)
  for (let time = 0; time < 5; time++) change()
  expect(asked).toHaveLength(1)
  asked[0]?.reject(new Error('the log is locked'))
  await expect.poll(() => asked.length).toBe(2)
  asked[1]?.resolve()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(asked).toHaveLength(2)
  change()
  expect(asked).toHaveLength(3)
  change()
  ended.abort()
  asked[2]?.resolve()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(asked).toHaveLength(3)
})
