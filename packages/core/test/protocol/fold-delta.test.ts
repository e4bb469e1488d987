import { describe, expect, test } from 'vitest'
import { foldDelta } from '../../src/protocol/readers/fold-delta.ts'
import { readToolCalls } from '../../src/protocol/readers/read-tool-calls.ts'

const PIECES = new Set(['content', 'arguments'])

function fold(deltas: readonly { [name: string]: unknown }[]): object {
  const message = {}
  for (const delta of deltas) foldDelta(message, delta, PIECES)
  return message
}

describe('folding the pieces of a message', () => {
  test('joins texts, keeps other values as they came last, and null replaces nothing', () => {
    expect(
      fold([
        { role: 'assistant', content: null },
        { role: 'assistant', content: 'a' },
        { content: 'b', refusal: null },
        { content: null }
      ])
    ).toEqual({ role: 'assistant', content: 'ab', refusal: null })
  })

  test('tells tool calls of one index apart by their ids, and keeps ids that are told once', () => {
    const call = (id: string | undefined, called: object) => ({
      tool_calls: [{ index: 0, ...(id !== undefined && { id }), function: called }]
    })
    const deltas = [
      call('a', { name: 'x', arguments: '{"a":' }),
      call('', { name: '', arguments: '1}' }),
      call('b', { name: 'y', arguments: '{' }),
      call(undefined, { arguments: '}' }),
      // A server that gives each piece an id of its own names its function once.
      call('c', { arguments: ' ' })
    ]
    expect(fold(deltas)).toEqual({
      tool_calls: [
        { index: 0, id: 'a', function: { name: 'x', arguments: '{"a":1}' } },
        { index: 0, id: 'c', function: { name: 'y', arguments: '{} ' } }
      ]
    })
  })

  test.each([
    ['index', 0, 1],
    ['index', '0', '1'],
    ['id', 'a', 'b']
  ])('puts interleaved tool calls together by %s %o', (key, a, b) => {
    const call = (id: unknown, value: object) => ({ tool_calls: [{ [key]: id, function: value }] })
    const deltas = [
      call(a, { name: 'x', arguments: '{"p' }),
      call(b, { name: 'y', arguments: '{' }),
      call(a, { arguments: '":1}' }),
      call(b, { arguments: '}' })
    ]
    const before = structuredClone(deltas)
    expect(fold(deltas)).toEqual({
      tool_calls: [
        { [key]: a, function: { name: 'x', arguments: '{"p":1}' } },
        { [key]: b, function: { name: 'y', arguments: '{}' } }
      ]
    })
    expect(deltas).toEqual(before)
  })

  test.each([undefined, null, '', 0])(
    'a whole call ends where the next name begins (index or id %s)',
    (none) => {
      const call = (called: object) => ({
        tool_calls: [{ index: none, id: none, function: called }]
      })
      const deltas = [
        call({ name: 'x', arguments: '{"a":' }),
        call({ arguments: '1}' }),
        call({ name: 'x', arguments: '{"a":2}' }),
        call({ name: 'y', arguments: '' }),
        call({ name: '', arguments: '{}' })
      ]
      const { tool_calls: calls } = fold(deltas) as { tool_calls: { function: object }[] }
      expect(calls.map((each) => each.function)).toEqual([
        { name: 'x', arguments: '{"a":1}' },
        { name: 'x', arguments: '{"a":2}' },
        { name: 'y', arguments: '{}' }
      ])
    }
  )

  test('a content that comes as texts and as blocks in turn is a list of blocks, each word once', () => {
    const thought = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] })
    const deltas = [
      { content: '' },
      { content: 'So' },
      { content: [thought('I ')] },
      { content: [thought('think')] },
      { content: 'Hel' },
      {
        content: [
          { type: 'text', text: 'lo' },
          { type: 'image', url: 'u' }
        ]
      },
      { content: '!' }
    ]
    const before = structuredClone(deltas)
    expect(fold(deltas)).toEqual({
      content: [
        { type: 'text', text: 'So' },
        thought('I think'),
        { type: 'text', text: 'Hello' },
        { type: 'image', url: 'u' },
        { type: 'text', text: '!' }
      ]
    })
    expect(deltas).toEqual(before)
  })

  test('takes items without a key as new ones', () => {
    expect(fold([{ list: [{ t: 1 }] }, { list: [{ t: 2 }, 3] }])).toEqual({
      list: [{ t: 1 }, { t: 2 }, 3]
    })
  })
})

test('reads the tool calls of every provider', () => {
  const calls = [
    { id: '1', type: 'function', function: { name: 'openai', arguments: '{}' } },
    { id: '2', type: 'custom', custom: { name: 'custom' } },
    { type: 'function_call', id: 'fc', call_id: '3', name: 'responses' },
    { type: 'web_search_call', id: '4' },
    { type: 'tool_use', id: '5', name: 'anthropic', input: {} },
    { type: 'server_tool_use', id: '6', name: 'web_search', input: {} },
    { functionCall: { name: 'gemini', args: {} } },
    { toolUse: { toolUseId: '8', name: 'bedrock' } },
    { function: { name: 'ollama', arguments: {} } },
    { type: 'tool-call', toolCallId: '10', toolName: 'ai-sdk', input: {} },
    { id: '11', name: 'langchain', args: {}, type: 'tool_call' }
  ]
  expect(readToolCalls(calls)).toEqual([
    { id: '1', name: 'openai' },
    { id: '2', name: 'custom' },
    { id: '3', name: 'responses' },
    { id: '4', name: 'web_search_call' },
    { id: '5', name: 'anthropic' },
    { id: '6', name: 'web_search' },
    { name: 'gemini' },
    { id: '8', name: 'bedrock' },
    { name: 'ollama' },
    { id: '10', name: 'ai-sdk' },
    { id: '11', name: 'langchain' }
  ])
  const others = [
    { type: 'text', text: 'x', name: 'no' },
    { type: 'tool_result', tool_use_id: '5' },
    { type: 'function_call_output', call_id: '3' },
    null,
    'x'
  ]
  expect(readToolCalls(others)).toEqual([])
  expect(readToolCalls('x')).toEqual([])
})

test('members of any name are folded, and no prototype is changed', () => {
  const pieces = new Set(['text'])
  const target = {}
  const delta = '{"__proto__":{"text":"a","list":[1]},"constructor":{"text":"b"},"toString":null}'
  for (const _time of [1, 2]) foldDelta(target, JSON.parse(delta), pieces)
  expect(JSON.stringify(target)).toBe(
    '{"__proto__":{"text":"aa","list":[1,1]},"constructor":{"text":"bb"},"toString":null}'
  )
  expect({}).not.toHaveProperty('text')
})
