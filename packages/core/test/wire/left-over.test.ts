import { expect, test } from 'vitest'
import type { CallResponse } from '../../src/index.ts'
import { withLeftOver } from '../../src/wire/left-over.ts'

const restOf = (answer: CallResponse, ...events: readonly unknown[]) =>
  withLeftOver(
    answer,
    events.map((data) => ({ data })),
    [],
    {}
  ).rest

test('nothing is left over where the answer holds all, in pieces, parsed or as it came', () => {
  const shared = { any: ['thing', 7] }
  const answer = {
    id: 'a',
    output: [{ text: 'Hello' }, { text: 'Help', input: { city: 'Rome' } }, shared],
    details: { created: 1 }
  }
  const events = [
    { id: 'a', created: 1, index: 0, delta: { text: 'Hel', json: '{"city":' } },
    { id: 'a', created: 1, index: 1, delta: { text: 'Hel' } },
    { id: 'a', created: 1, index: 1, delta: { text: 'p' } },
    { id: 'a', created: 1, index: 0, delta: { text: 'lo', json: '"Rome"}' } },
    { type: 'done', whole: { text: 'Hello' }, shared }
  ]
  expect(restOf(answer, ...events)).toBeUndefined()
})

test('what the answer does not hold is left over as it came, once where it came again', () => {
  const citations = ['https://a', 'https://b']
  const event = { id: 'a', citations, cost: { total: 3 } }
  expect(restOf({ id: 'a' }, event)).toEqual({ citations, cost: { total: 3 } })
  expect(restOf({ id: 'a' }, event, event)).toEqual({ citations, cost: { total: 3 } })
  expect(restOf({ id: 'a' }, { id: 'a', x: 'one' }, { id: 'a', x: 'two' })).toEqual([
    { x: 'one' },
    { x: 'two' }
  ])
})

test('an event that says nothing known is left over whole, with its name', () => {
  const { rest } = withLeftOver(
    { id: 'a' },
    [{ data: { new: null, words: 'w' }, name: 'next' }],
    [],
    {}
  )
  expect(rest).toEqual({ event: 'next', data: { new: null, words: 'w' } })
})

test('two texts that are alike are two: one that is missing is left over', () => {
  const answer = { output: [{ text: 'Yes, sir' }] }
  const events = [0, 1].flatMap((index) =>
    ['Yes, ', 'sir'].map((text) => ({ choices: [{ index, text }] }))
  )
  expect(restOf(answer, ...events)).toEqual([
    { choices: [{ index: 1, text: 'Yes, ' }] },
    { choices: [{ index: 1, text: 'sir' }] }
  ])
})

test('a count, a time or a state that is told again is marked, and so is what a protocol leaves out', () => {
  const answer = { usage: { outputTokens: 9, raw: { output_tokens: 9 } } }
  const events = [{ usage: { output_tokens: 1 } }, { usage: { output_tokens: 9 }, pad: 'zzz' }]
  const { rest, altered } = withLeftOver(
    answer,
    events.map((data) => ({ data })),
    [],
    { leavesOut: { '/pad': 'padding' } }
  )
  expect(rest).toBeUndefined()
  expect(altered).toEqual([
    { pointer: '/response/usage', what: 'replaced', reason: 'told again later' },
    { pointer: '/rest/pad', what: 'unread', reason: 'padding' }
  ])
})

test('what cannot be walked costs the rest and not the answer', () => {
  let deep: unknown = 'end'
  for (let level = 0; level < 100_000; level++) deep = [deep]
  const { output, altered } = withLeftOver({ output: 'o' }, [{ data: { deep } }], [], {})
  expect(output).toBe('o')
  expect(altered).toEqual([{ pointer: '/rest', what: 'unread', reason: 'RangeError' }])
})
