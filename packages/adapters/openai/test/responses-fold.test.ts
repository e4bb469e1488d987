import { expect, test } from 'vitest'
import { openaiResponses } from '../src/index.ts'

const read = (...events: readonly object[]) => {
  const { start, step, finish } = openaiResponses
  let fold = start()
  for (const event of events) fold = step(fold, event)
  return finish(fold)
}

test('a stream that was cut has the pieces that came, of every kind', () => {
  const added = (output_index: number, item: object) => ({
    type: 'response.output_item.added',
    output_index,
    item
  })
  const piece = (kind: string, output_index: number, delta: string, more: object = {}) => ({
    type: `response.${kind}.delta`,
    output_index,
    delta,
    ...more
  })
  const { output, reasoning, toolCalls } = read(
    added(1, { type: 'message', content: [] }),
    added(0, { type: 'reasoning', summary: [] }),
    piece('reasoning_summary_text', 0, 'First. ', { summary_index: 0 }),
    piece('reasoning_summary_text', 0, 'Second.', { summary_index: 1 }),
    piece('reasoning_text', 0, 'Raw.', { content_index: 0 }),
    piece('output_text', 1, 'Hel', { content_index: 0 }),
    piece('refusal', 1, 'No', { content_index: 1 }),
    added(2, { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '' }),
    piece('function_call_arguments', 2, '{"ci'),
    added(3, { type: 'mcp_call', id: 'm1', name: 'find', arguments: '' }),
    piece('mcp_call_arguments', 3, '{'),
    added(4, { type: 'custom_tool_call', call_id: 'c2', name: 'sql', input: '' }),
    piece('custom_tool_call_input', 4, 'select'),
    added(5, { type: 'code_interpreter_call', id: 'i1', code: '' }),
    piece('code_interpreter_call_code', 5, '1+'),
    { type: 'response.something_new', output_index: 1, delta: 'x' }
  )
  expect(output).toEqual([
    {
      type: 'reasoning',
      summary: [{ text: 'First. ' }, { text: 'Second.' }],
      content: [{ text: 'Raw.' }]
    },
    { type: 'message', content: [{ text: 'Hel' }, { refusal: 'No' }] },
    { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"ci' },
    { type: 'mcp_call', id: 'm1', name: 'find', arguments: '{' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'sql', input: 'select' },
    { type: 'code_interpreter_call', id: 'i1', code: '1+' }
  ])
  expect(reasoning?.text).toBe('First. \nSecond.\nRaw.')
  expect(toolCalls?.map(({ name }) => name)).toEqual([
    'weather',
    'find',
    'sql',
    'code_interpreter_call'
  ])
})

test('commands of a shell, and what they write, are in a stream that was cut', () => {
  const of = (output_index: number, event: string, more: object) => ({
    type: `response.${event}`,
    output_index,
    ...more
  })
  const action = { commands: [], timeout_ms: 5 }
  const end = { stdout: 'a b', stderr: 'no', outcome: { type: 'exit', exit_code: 1 } }
  const { output } = read(
    of(0, 'output_item.added', { item: { type: 'shell_call', call_id: 'c', action } }),
    of(0, 'shell_call_command.added', { command_index: 0, command: '' }),
    of(0, 'shell_call_command.delta', { command_index: 0, delta: 'ls ' }),
    of(0, 'shell_call_command.delta', { command_index: 0, delta: '-l' }),
    of(0, 'shell_call_command.done', { command_index: 0, command: 'ls -l' }),
    of(0, 'shell_call_command.delta', { command_index: 1, delta: 'rm ' }),
    of(1, 'output_item.added', { item: { type: 'shell_call_output', call_id: 'c', output: [] } }),
    of(1, 'shell_call_output_content.delta', { command_index: 0, delta: { stdout: 'a ' } }),
    of(1, 'shell_call_output_content.delta', { command_index: 0, delta: { stdout: 'b' } }),
    of(1, 'shell_call_output_content.delta', { command_index: 0, delta: { stderr: 'no' } }),
    of(1, 'shell_call_output_content.done', { command_index: 0, output: [end] }),
    of(1, 'shell_call_output_content.delta', { command_index: 1, delta: { stdout: 'c' } })
  )
  expect(output).toEqual([
    { type: 'shell_call', call_id: 'c', action: { commands: ['ls -l', 'rm '], timeout_ms: 5 } },
    { type: 'shell_call_output', call_id: 'c', output: [end, { stdout: 'c' }] }
  ])
  expect(action.commands).toEqual([])
})

test('a server that does not number its items is read by their ids', () => {
  const { output, finishReasons } = read(
    { type: 'response.output_item.added', item: { id: 'msg', type: 'message', content: [] } },
    { type: 'response.output_item.added', item: { id: 'fc', type: 'function_call', name: 'w' } },
    { type: 'response.output_text.delta', item_id: 'msg', delta: 'Hel' },
    { type: 'response.function_call_arguments.delta', item_id: 'fc', delta: '{}' },
    { type: 'response.output_text.delta', item_id: 'msg', delta: 'lo' },
    { type: 'response.completed', response: { status: 'completed', output: [] } }
  )
  expect(output).toEqual([
    { id: 'msg', type: 'message', content: [{ text: 'Hello' }] },
    { id: 'fc', type: 'function_call', name: 'w', arguments: '{}' }
  ])
  expect(finishReasons).toEqual(['completed'])
})

test('the last event has the whole response, whatever came before it', () => {
  const whole = [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }]
  const { output, error } = read(
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hel' },
    { type: 'response.incomplete', response: { status: 'incomplete', output: whole } }
  )
  expect([output, error]).toEqual([whole, undefined])
})

test('what only events of an end say is kept, and said once', () => {
  const at = { item_id: 'm', output_index: 0, content_index: 0 }
  const { output } = read(
    { type: 'response.output_text.delta', ...at, delta: 'Hel' },
    { type: 'response.output_text.done', ...at, text: 'Hello' },
    { type: 'response.content_part.done', ...at, part: { type: 'output_text', text: 'Hello' } },
    { type: 'response.output_text.annotation.added', ...at, annotation: { url: 'u' } },
    { type: 'response.output_item.done', output_index: 0, item: { id: 'm', content: [] } },
    { type: 'response.function_call_arguments.done', output_index: 1, arguments: '{"a":1}' },
    { type: 'response.completed', response: { status: 'completed', output: [] } }
  )
  expect(output).toEqual([
    { id: 'm', content: [{ text: 'Hello', type: 'output_text', annotations: [{ url: 'u' }] }] },
    { arguments: '{"a":1}' }
  ])
})

test('items that a server puts at one place are one behind the other', () => {
  const at = (type: string, more: object) => ({ type, output_index: 0, content_index: 0, ...more })
  const { output } = read(
    at('response.output_item.added', { item: { id: 'a', type: 'message' } }),
    at('response.output_text.delta', { item_id: 'a', delta: 'one' }),
    at('response.output_item.done', { item: { id: 'a', type: 'message' } }),
    at('response.output_item.added', { item: { id: 'b', type: 'message' } }),
    at('response.output_text.delta', { item_id: 'b', delta: 'two' })
  )
  expect(output).toEqual([
    { id: 'a', type: 'message', content: [{ text: 'one' }] },
    { id: 'b', type: 'message', content: [{ text: 'two' }] }
  ])
})

test('parts whose numbers are no places of a list are kept', () => {
  const piece = (delta: string, content_index: unknown) => ({
    ...{ type: 'response.output_text.delta', output_index: 0 },
    ...{ delta, content_index }
  })
  const { output } = read(piece('a', 0), piece('b', 1), piece('c', 1.5), piece('d', -1))
  expect(output).toEqual([{ content: [{ text: 'acd' }, { text: 'b' }] }])
})

test.each([
  ['without ids', () => ({ type: 'message' })],
  ['of one id', () => ({ type: 'message', id: 'a' })]
])('a whole response of many items costs what it says: %s', (_name, item) => {
  const timeOf = (count: number) => {
    const { start, step, finish } = openaiResponses
    const items = Array.from({ length: count }, item)
    let fold = start()
    for (const [output_index, each] of items.entries()) {
      fold = step(fold, {
        ...{ type: 'response.output_item.added', output_index },
        item: { ...each }
      })
    }
    fold = step(fold, { type: 'response.completed', response: { output: items } })
    const before = process.cpuUsage()
    expect(finish(fold).output).toHaveLength(count)
    return process.cpuUsage(before).user / 1_000
  }
  const short = Math.max(timeOf(2_000), 5)
  // Eight times as much; the square of that would be 64.
  expect(timeOf(16_000)).toBeLessThan(short * 28)
})

test('a sound whose pieces name no item is of the message of its answer, whatever else comes meanwhile', () => {
  const message = { id: 'm', type: 'message', role: 'assistant' }
  const events = [
    { type: 'response.audio.delta', delta: 'AAEC' },
    { type: 'response.output_item.added', output_index: 0, item: { ...message, content: [] } },
    {
      ...{ type: 'response.content_part.added', output_index: 0, item_id: 'm', content_index: 0 },
      part: { type: 'output_text', text: 'Look: ' }
    },
    { type: 'response.audio.transcript.delta', delta: 'Sunny ' },
    {
      ...{ type: 'response.output_item.added', output_index: 1 },
      item: { id: 'f', type: 'function_call', call_id: 'c', name: 'weather', arguments: '' }
    },
    { type: 'response.audio.delta', delta: 'AwQF' },
    { type: 'response.audio.transcript.delta', delta: 'today.' },
    { type: 'response.audio.transcript.done' },
    { type: 'response.audio.done' }
  ]
  const words = { type: 'output_text', text: 'Look: ' }
  const call = { id: 'f', type: 'function_call', call_id: 'c', name: 'weather', arguments: '' }
  const heard = { transcript: 'Sunny today.', audio: new Uint8Array([0, 1, 2, 3, 4, 5]) }
  expect(read(...events).output).toEqual([{ ...message, content: [words, heard] }, call])
  const told = { type: 'output_audio', data: 'AAECAwQF', transcript: 'Sunny today.' }
  const output = [{ ...message, content: [words, told] }, call]
  const done = { type: 'response.completed', response: { status: 'completed', output } }
  expect(read(...events, done).output).toEqual(output)
  expect(read({ type: 'response.audio.delta', delta: 'AAEC' }).output).toEqual([
    { content: [{ audio: new Uint8Array([0, 1, 2]) }] }
  ])
})
