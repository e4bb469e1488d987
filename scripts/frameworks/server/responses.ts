// OpenAI's responses (OpenAI API reference, "Responses", "Streaming events").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, eventOf, fieldsOf, listOf, nextId, PERSON, WORDS } from './script.ts'

const USAGE = {
  input_tokens: COUNTS.input,
  output_tokens: COUNTS.output,
  total_tokens: COUNTS.input + COUNTS.output,
  input_tokens_details: { cached_tokens: COUNTS.cached },
  output_tokens_details: { reasoning_tokens: COUNTS.reasoning }
}

/** A tool is called once; what it gave is then answered in words. */
export function responses(request: Fields): Answer {
  const call = toolCallOf(request)
  const isStructured = String(fieldsOf(fieldsOf(request.text).format).type).startsWith('json')
  const texts = isStructured ? [JSON.stringify(PERSON)] : WORDS
  const item = call ?? messageOf(texts.join(''))
  const response = {
    id: nextId('resp'),
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: request.model,
    output: [item],
    usage: USAGE,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: request.tools ?? [],
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    metadata: {},
    temperature: 1,
    top_p: 1
  }
  if (request.stream !== true) return { body: response }
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    ...(call ? callEvents(call) : messageEvents(item, texts)),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response }
  ]
  return {
    contentType: 'text/event-stream',
    pieces: events.map((event, at) => eventOf({ ...event, sequence_number: at }, event.type))
  }
}

function callEvents(call: Fields) {
  const at = { output_index: 0, item_id: call.id }
  return [
    { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '' } },
    { type: 'response.function_call_arguments.delta', ...at, delta: call.arguments },
    { type: 'response.function_call_arguments.done', ...at, arguments: call.arguments }
  ]
}

function messageEvents(item: Fields, texts: readonly string[]) {
  const at = { output_index: 0, item_id: item.id, content_index: 0 }
  const part = { type: 'output_text', text: '', annotations: [] }
  const text = texts.join('')
  return [
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.content_part.added', ...at, part },
    ...texts.map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
    { type: 'response.output_text.done', ...at, text },
    { type: 'response.content_part.done', ...at, part: { ...part, text } }
  ]
}

function messageOf(text: string): Fields {
  const content = [{ type: 'output_text', text, annotations: [] }]
  return { type: 'message', id: nextId('msg'), role: 'assistant', status: 'completed', content }
}

/** A handoff is a tool to the model: it is asked for by the agent that has it, once. */
function toolCallOf({ tools, input, tool_choice: choice }: Fields): Fields | undefined {
  const tool = listOf(tools).find(({ type }) => type === 'function')
  const done = new Set(listOf(input).map(({ type, name }) => type === 'function_call' && name))
  if (tool === undefined || choice === 'none' || done.has(String(tool.name))) return undefined
  return {
    type: 'function_call',
    id: nextId('fc'),
    call_id: nextId('call'),
    name: tool.name,
    arguments: JSON.stringify(
      String(tool.name).startsWith('transfer') ? {} : argumentsFor(tool.parameters)
    ),
    status: 'completed'
  }
}
