// Anthropic's messages (Claude API reference, "Messages", "Streaming messages").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, eventOf, listOf, nextId, WORDS } from './script.ts'

const INPUT = { input_tokens: COUNTS.input, cache_read_input_tokens: COUNTS.cached }

/** A tool is called once; what it gave is then answered in words. */
export function messages(request: Fields): Answer {
  const tool = toolOf(request)
  const block: Fields = tool
    ? {
        type: 'tool_use',
        id: nextId('toolu'),
        name: tool.name,
        input: argumentsFor(tool.input_schema)
      }
    : { type: 'text', text: WORDS.join('') }
  const ending = { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null }
  const message = {
    id: nextId('msg'),
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [block],
    ...ending,
    usage: { ...INPUT, output_tokens: COUNTS.output }
  }
  if (request.stream !== true) return { body: message }
  const started = {
    ...message,
    content: [],
    stop_reason: null,
    usage: { ...INPUT, output_tokens: 1 }
  }
  const deltas = tool
    ? [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]
    : WORDS.map((text) => ({ type: 'text_delta', text }))
  const events = [
    { type: 'message_start', message: started },
    {
      type: 'content_block_start',
      index: 0,
      content_block: tool ? { ...block, input: {} } : { ...block, text: '' }
    },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: ending, usage: { output_tokens: COUNTS.output } },
    { type: 'message_stop' }
  ]
  return {
    contentType: 'text/event-stream',
    pieces: events.map((event) => eventOf(event, event.type))
  }
}

function toolOf({ tools, messages: said }: Fields): Fields | undefined {
  const isDone = listOf(said).some(({ content }) =>
    listOf(content).some(({ type }) => type === 'tool_result')
  )
  return isDone
    ? undefined
    : listOf(tools).find(({ type }) => type === undefined || type === 'custom')
}
