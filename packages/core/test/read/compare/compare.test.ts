import {
  type AuditedCall,
  type CallSummary,
  compareCalls,
  filterText,
  filterTree,
  pairedInterval,
  shareInterval
} from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

test('intervals of shares are as published', () => {
  // Newcombe 1998: 81 of 263 by Wilson.
  const wilson = shareInterval(81, 263)
  expect([wilson.low, wilson.high].map((share) => share.toFixed(4))).toEqual(['0.2553', '0.3662'])
  expect(shareInterval(0, 10).low).toBe(0)
  expect(shareInterval(10, 10).high).toBe(1)
  expect(shareInterval(0, 0)).toEqual({ low: 0, high: 1 })
})

test.each([
  // Worked by a second program after Newcombe's paper on paired shares, method 10; it has the first, second and last of them.
  [
    [20, 2, 12, 16],
    [0.0562, 0.3292]
  ],
  [
    [36, 2, 12, 0],
    [0.0569, 0.3404]
  ],
  [
    [1, 0, 1, 7],
    [-0.2142, 0.4274]
  ],
  [
    [0, 0, 0, 10],
    [-0.2775, 0.2775]
  ],
  [
    [54, 0, 0, 0],
    [-0.0664, 0.0664]
  ]
])('the interval of the difference in pairs of %j is as published', (counts, [low, high]) => {
  const [both = 0, first = 0, second = 0, neither = 0] = counts
  const found = pairedInterval({ both, first, second, neither })
  expect(found.low).toBeCloseTo(low as number, 4)
  expect(found.high).toBeCloseTo(high as number, 4)
  // The other way round, it is the same difference with the other sign.
  const turned = pairedInterval({ both, first: second, second: first, neither })
  expect([turned.low, turned.high]).toEqual([
    expect.closeTo(-(high as number), 4),
    expect.closeTo(-(low as number), 4)
  ])
})

test('answers that are alike in most pairs say more of the few that are not', () => {
  const alike = pairedInterval({ both: 40, first: 0, second: 8, neither: 52 })
  const unalike = pairedInterval({ both: 16, first: 24, second: 32, neither: 28 })
  expect(alike.low).toBeGreaterThan(0)
  expect(unalike.low).toBeLessThan(0)
  expect(pairedInterval({ both: 0, first: 0, second: 0, neither: 0 })).toEqual({ low: -1, high: 1 })
})

interface Made {
  readonly version: string
  readonly asked: string
  readonly answered: string
  readonly durationMs: number
}

/** A reader of calls that are made up, which knows the filter `version:…` alone. */
function readerOf(calls: readonly Made[]) {
  return {
    async query(filter: unknown) {
      const text = filterText(filterTree(filter as never))
      const items = calls.flatMap(({ version }, at) =>
        text.includes(`version:${version}`) ? [{ auditId: String(at) } as CallSummary] : []
      )
      return { items }
    },
    async get(auditId: string) {
      const { asked, answered, durationMs } = calls[Number(auditId)] as Made
      const record = { kind: 'call', stage: 'complete', timing: { durationMs } }
      return callOf(auditId, record, asked, answered)
    }
  }
}

function callOf(auditId: string, record: object, asked: string, answered: string): AuditedCall {
  const contents = { input: [{ role: 'user', content: asked }], output: answered }
  return { auditId, stage: 'complete', indices: [0], record, contents } as unknown as AuditedCall
}

test('calls are paired by what was asked, and answers compared but for white space', async () => {
  const calls = Array.from({ length: 40 }, (_, at) => [
    { version: '1', asked: `Question ${at % 10}`, answered: 'Yes, it is.', durationMs: 100 + at },
    {
      version: '2',
      asked: `Question  ${at % 10}`,
      answered: at % 10 < 3 ? 'No.' : 'Yes,\nit is.',
      durationMs: 200 + at
    }
  ]).flat()
  const others = [{ version: '2', asked: 'Another', answered: 'What?', durationMs: 9_000 }]
  const reader = readerOf([...calls, ...others])
  const comparison = await compareCalls(reader, { first: 'version:1', second: 'version:2' })
  expect(comparison).toMatchObject({ calls: [40, 41], sharedInputs: 10, pairs: 40, changed: 12 })
  expect(comparison.changedShare.low).toBeLessThan(0.3)
  expect(comparison.changedShare.high).toBeGreaterThan(0.3)
  expect(comparison.inputs[0]).toMatchObject({ question: 'Question 0', changed: 4 })
  const [latency] = comparison.measures
  expect(latency).toMatchObject({ name: 'latency p50', unit: 'ms', isDifferent: true })
  expect((latency?.second ?? 0) - (latency?.first ?? 0)).toBe(100)
  expect(latency?.difference).toEqual({ low: 100, high: 100 })
})

test('nothing that both were asked is no pair', async () => {
  const reader = readerOf([
    { version: '1', asked: 'A', answered: 'B', durationMs: 1 },
    { version: '2', asked: 'C', answered: 'D', durationMs: 1 }
  ])
  const comparison = await compareCalls(reader, { first: 'version:1', second: 'version:2' })
  expect(comparison).toMatchObject({ pairs: 0, changed: 0, measures: [], inputs: [] })
})

test.each([
  ['temperature', '0', '0.70', 2],
  ['TOP_P', '1', '0.5', 2],
  ['mode', 'strict', 'loose', 2],
  ['temperature', '', '0.7', 0],
  ['seed', '0', '0.7', 0]
] as const)('calls are compared by their setting %s', async (name, first, second, pairs) => {
  const settings = [
    { temperature: 0, topP: 1, options: { mode: 'strict' } },
    { temperature: 0.7, topP: 0.5, options: { mode: 'loose' } },
    {}
  ]
  const reader = {
    query: async () => ({ items: settings.flatMap((_, at) => [idOf(at), idOf(at + 3)]) }),
    get: async (auditId: string) => {
      const record = { kind: 'call', call: { settings: settings[Number(auditId) % 3] } }
      return callOf(auditId, record, 'How long?', auditId)
    }
  }
  const setting = { name, first, second }
  const comparison = await compareCalls(reader, { first: {}, second: {}, setting })
  expect(comparison.pairs).toBe(pairs)
})

function idOf(at: number): CallSummary {
  return { auditId: String(at) } as CallSummary
}
