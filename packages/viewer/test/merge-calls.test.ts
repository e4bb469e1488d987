import type { CallSummary } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { merged, withNewest } from '../src/app/state/merge-calls.ts'

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
