import type { CallResponse } from '@slm-audit/core'
import { expect, test } from 'vitest'
import { anthropicMessages } from '../src/index.ts'

const start = (usage = {}) => ({ type: 'message_start', message: { content: [], usage } })
const open = (content_block: object, index?: number) => ({
  type: 'content_block_start',
  index,
  content_block
})
const delta = (given: object, index?: number) => ({
  type: 'content_block_delta',
  index,
  delta: given
})
const text = (words: string) => ({ type: 'text_delta', text: words })
const thinking = (words: string) => ({ type: 'thinking_delta', thinking: words })
const json = (partial_json: string) => ({ type: 'input_json_delta', partial_json })

function fold(...events: readonly object[]): CallResponse {
  let acc = anthropicMessages.start()
  for (const event of events) acc = anthropicMessages.step(acc, event)
  return anthropicMessages.finish(acc)
}

const contentOf = ({ output }: CallResponse) => (output as { content: unknown }).content

test('deltas of blocks that never began are blocks of their own', () => {
  const answer = fold(
    start(),
    delta(thinking('Hm'), 0),
    delta({ type: 'signature_delta', signature: 'S' }, 0),
    delta(text('Hel'), 0),
    delta(text('lo'), 0),
    delta(json('{"a":'), 1),
    delta(json('1}'), 1)
  )
  expect(contentOf(answer)).toEqual([
    { thinking: 'Hm', signature: 'S' },
    { text: 'Hello' },
    { input: { a: 1 } }
  ])
})

test.each([0, 1])(
  'blocks that the start of a message has stand before those that follow it from %i',
  (index) => {
    const result = {
      type: 'code_execution_tool_result',
      tool_use_id: 's',
      content: { stdout: 'a' }
    }
    const answer = fold(
      { type: 'message_start', message: { content: [result] } },
      open({ type: 'text', text: '' }, index),
      delta(text('Hello'), index)
    )
    expect(contentOf(answer)).toEqual([result, { type: 'text', text: 'Hello' }])
  }
)

test('blocks that the start of a message has are not doubled by those that tell them again', () => {
  const answer = fold(
    { type: 'message_start', message: { content: [{ type: 'text', text: 'Hello' }] } },
    open({ type: 'text', text: '' }, 0),
    delta(text('Hello'), 0),
    open({ type: 'text', text: '' }, 1),
    delta(text('you'), 1)
  )
  expect(contentOf(answer)).toEqual([
    { type: 'text', text: 'Hello' },
    { type: 'text', text: 'you' }
  ])
})

test.each([0, undefined])('blocks that have one number (%s) are told apart', (index) => {
  const answer = fold(
    start(),
    open({ type: 'thinking', thinking: '' }, index),
    delta(thinking('Hm'), index),
    open({ type: 'text', text: 'O' }, index),
    delta(text('ne'), index),
    open({ type: 'tool_use', id: 't', name: 'f', input: {} }, index),
    delta(json('{"a":1}'), index)
  )
  expect(contentOf(answer)).toEqual([
    { type: 'thinking', thinking: 'Hm' },
    { type: 'text', text: 'One' },
    { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }
  ])
})

test('a delta that nobody knows overwrites nothing', () => {
  const answer = fold(
    start(),
    open({ type: 'text', text: '' }, 0),
    delta(text('Hi'), 0),
    delta({ type: 'next_delta', text: 'no', next: 1 }, 0)
  )
  expect(contentOf(answer)).toEqual([{ type: 'text', text: 'Hi', next: 1 }])
})

test('a count of 0 or none replaces no count', () => {
  const answer = fold(
    start({ input_tokens: 25, output_tokens: 1, cache_read_input_tokens: 7 }),
    { type: 'message_delta', delta: {}, usage: { input_tokens: 0, output_tokens: 15 } },
    { type: 'message_delta', delta: {}, usage: { input_tokens: null, cache_read_input_tokens: 0 } }
  )
  expect(answer.usage).toMatchObject({ inputTokens: 25, outputTokens: 15, cacheReadTokens: 7 })
})

test('an error that is the event itself is the error', () => {
  expect(fold(start(), { type: 'error', message: 'gone', code: 'x' }).error).toEqual({
    code: 'x',
    message: 'gone'
  })
})
