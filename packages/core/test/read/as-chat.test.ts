import { expect, test } from 'vitest'
import { asChat } from '../../src/read/as-chat.ts'

const thought = { type: 'segment', segmentType: 'thought', text: 'Hm.', ended: true }
const called = { type: 'functionCall', name: 'look', params: { at: 1 }, result: { seen: 'a cat' } }

test('the history of node-llama-cpp', () => {
  expect(
    asChat([
      { type: 'system', text: 'Be brief.' },
      { type: 'user', text: 'What is there?' },
      { type: 'model', response: [thought, 'Let me look.', called, 'A cat.'] },
      { type: 'model', response: [] },
      { type: 'user', text: 'Thanks' }
    ])
  ).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'What is there?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', name: 'look', input: { at: 1 } }
      ]
    },
    { role: 'tool', content: '{"seen":"a cat"}' },
    { role: 'assistant', content: [{ type: 'text', text: 'A cat.' }] },
    { role: 'user', content: 'Thanks' }
  ])
})

test('the parts of its answers: without a result the call is the end', () => {
  const { result: _result, ...asked } = called
  expect(asChat(['Let me look.', asked])).toEqual([
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', name: 'look', input: { at: 1 } }
      ]
    }
  ])
  const comment = { type: 'segment', segmentType: 'comment', text: 'First this.' }
  expect(asChat([comment])).toEqual([{ role: 'assistant', content: [comment] }])
})

test('results of transformers.js', () => {
  const message = { role: 'assistant', content: 'A cat.' }
  expect(asChat([{ generated_text: 'A cat.' }])).toEqual([message])
  expect(asChat([{ generated_text: [message] }])).toEqual([message])
  expect(asChat([{ summary_text: 'A cat.' }, { translation_text: 'A cat.' }])).toEqual([
    message,
    message
  ])
})

test("Ollama's generate", () => {
  const answer = { response: 'A cat.', thinking: 'Hm.', tool_calls: [] }
  expect(asChat(answer)).toEqual({
    role: 'assistant',
    content: 'A cat.',
    thinking: 'Hm.',
    tool_calls: []
  })
})

test.each([
  'text',
  undefined,
  null,
  [],
  ['a', 'b'],
  [{ role: 'user', content: 'Hi' }],
  [{ type: 'message', role: 'user', content: [] }],
  [
    { type: 'user', text: 'Hi' },
    { role: 'user', content: 'Hi' }
  ],
  [{ generated_text: 'a' }, { label: 'b' }],
  { text: '1', parsed: 1 },
  { candidates: [{ content: { parts: [{ text: 'a' }] } }] }
])('other contents are returned as they are: %j', (content) => {
  expect(asChat(content)).toBe(content)
})
