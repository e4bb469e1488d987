import type { CallResponse } from '@slm-audit/core'
import { expect, test } from 'vitest'
import { openaiChat } from '../src/index.ts'

const chunk = (choice: object, more: object = {}) => ({
  choices: [{ index: 0, ...choice }],
  ...more
})

function fold(...events: readonly object[]): CallResponse {
  let acc = openaiChat.start()
  for (const event of events) acc = openaiChat.step(acc, event)
  return openaiChat.finish(acc)
}

test.each([
  ['behind its pieces', (pieces: object[], whole: object) => [...pieces, whole]],
  ['before them', (pieces: object[], whole: object) => [whole, ...pieces]]
])('a whole message %s is the message, each word once', (_name, order) => {
  const pieces = [chunk({ delta: { content: 'Hel' } }), chunk({ delta: { content: 'lo' } })]
  const whole = chunk({ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' })
  expect(fold(...order(pieces, whole)).output).toEqual([
    { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }
  ])
})

test('usage is read in the choice, and a count of 0 replaces none', () => {
  const usage = { prompt_tokens: 19, completion_tokens: 13 }
  const { usage: inChoice } = fold(chunk({ delta: {}, usage }), chunk({ delta: {} }, { usage: {} }))
  expect(inChoice).toMatchObject({ inputTokens: 19, outputTokens: 13 })
  const zero = { prompt_tokens: 0, completion_tokens: 14 }
  const { usage: later } = fold(chunk({}, { usage }), chunk({}, { usage: zero }))
  expect(later).toMatchObject({ inputTokens: 19, outputTokens: 14 })
})

test('an error in the choice, or without words, is an error; an empty member is none', () => {
  const gone = { code: 502, message: 'gone' }
  expect(fold(chunk({ delta: {}, error: gone })).error).toEqual({ code: '502', message: 'gone' })
  expect(fold({ error: {} }).error).toEqual({ message: '{}' })
  for (const error of ['', false, 0, null]) expect(fold(chunk({}, { error })).error).toBeUndefined()
  for (const error of ['', false, 0, null, {}, []]) {
    expect(openaiChat.readResponse({ choices: [], error }).error).toBeUndefined()
  }
})

test.each([
  ['as texts', ['0', '1']],
  ['not at all', [undefined, undefined]]
])('choices that are numbered %s stay apart', (_name, [first, second]) => {
  const both = (left: string, right: string) => ({
    choices: [
      { index: first, delta: { content: left } },
      { index: second, delta: { content: right } }
    ]
  })
  expect(fold(both('Hel', 'By'), both('lo', 'e')).output).toEqual([
    { index: 0, message: { content: 'Hello' } },
    { index: 1, message: { content: 'Bye' } }
  ])
})
