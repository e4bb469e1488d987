import { Sketch, Tally } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'

/** Numbers from a generator of pseudo-random ones: one to 10,000, small ones more often. */
const numbers = Array.from({ length: 5_000 }, (_, at) => 10 ** (((at * 7919) % 5_000) / 1_250))

test('quantiles are right within two per cent, also of parts that were stored', () => {
  const whole = new Sketch()
  const merged = new Sketch()
  for (let from = 0; from < numbers.length; from += 100) {
    const part = new Sketch()
    for (const number of numbers.slice(from, from + 100)) {
      part.add(number)
      whole.add(number)
    }
    merged.merge(JSON.parse(JSON.stringify(part)))
  }
  expect(merged.toJSON()).toEqual(whole.toJSON())
  const sorted = numbers.toSorted((one, other) => one - other)
  for (const [at, share] of [0, 0.5, 0.95, 0.99, 1].entries()) {
    const found = merged.quantiles([0, 0.5, 0.95, 0.99, 1])?.[at] ?? 0
    const exact = sorted[Math.floor(share * (sorted.length - 1))] ?? 0
    expect(Math.abs(found / exact - 1), String(share)).toBeLessThan(0.021)
  }
})

test('a sketch of nothing has no quantiles; of one number it is that one', () => {
  expect(new Sketch().quantiles([0.5])).toBeUndefined()
  const one = new Sketch()
  one.add(0)
  one.add(1e300)
  expect(one.quantiles([0, 1])?.[0]).toBeCloseTo(0.001, 4)
  expect(one.quantiles([1])?.[0]).toBeGreaterThan(1e15)
})

test('a sketch of a damaged row can be stored again, whatever it counts', () => {
  for (const stored of ['[0,1e999]', '[0,-1]', '[null,"a"]', `"${'~'.repeat(300)}$"`]) {
    const sketch = new Sketch()
    sketch.merge(JSON.parse(stored))
    sketch.add(1)
    expect(sketch.toJSON().length, stored).toBeLessThan(50)
  }
})

test('tallies of parts add up', () => {
  const calls = [
    { stage: 'complete', durationMs: 100, firstChunkMs: 50, outputTokens: 10, confidence: 0.9 },
    { stage: 'complete', durationMs: 300, inputTokens: 5, outputTokens: 0, isEmpty: true },
    { stage: 'error', errorType: 'APIError', durationMs: 10 },
    { stage: 'error', durationMs: 10 },
    { stage: 'cancelled', isFiltered: true }
  ] as const
  const [whole, sum] = [new Tally(), new Tally()]
  for (const call of calls) {
    const part = new Tally()
    part.add(call)
    whole.add(call)
    sum.merge(JSON.parse(JSON.stringify(part)))
  }
  expect(sum.figures()).toEqual(whole.figures())
  expect(whole.figures()).toMatchObject({
    ...{ calls: 5, complete: 2, errors: 2, cancelled: 1, empty: 1, filtered: 1, confidence: 0.9 },
    errorTypes: [
      { type: 'APIError', count: 1 },
      { type: 'unknown', count: 1 }
    ],
    inputTokens: 5,
    outputTokens: 10
  })
  expect(whole.figures().tokensPerSecond?.p50).toBeCloseTo(200, -1)
  const alone = new Tally()
  alone.merge(JSON.parse(JSON.stringify(whole)))
  expect(alone.figures()).toEqual(whole.figures())
  alone.add(calls[0])
  whole.add(calls[0])
  expect(alone.figures()).toEqual(whole.figures())
  expect(new Tally().figures()).not.toHaveProperty('durationMs')
})

test('a tally alone has the figures that it has among others, whatever is stored', () => {
  const types = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`Error ${at}`, 100 - at]))
  const stored = [
    { calls: 4_770, errors: 4_770, types },
    { calls: 1, duration: null, types: null },
    { calls: null, sure: 1, confidence: null, duration: [], first: '' },
    { calls: -1, duration: [0, -1], speed: [1e9, 2] },
    {}
  ]
  for (const each of stored) {
    const [alone, among] = [new Tally(), new Tally()]
    alone.merge(JSON.parse(JSON.stringify(each)))
    among.merge({})
    among.merge(JSON.parse(JSON.stringify(each)))
    expect(alone.figures(), JSON.stringify(each)).toEqual(among.figures())
  }
  const many = new Tally()
  many.merge({ types })
  expect(many.figures().errorTypes).toHaveLength(51)
  expect(many.figures().errorTypes[0]).toEqual({ type: 'others', count: 455 })
})
