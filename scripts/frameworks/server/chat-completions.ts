// OpenAI's chat completions and embeddings, which many servers speak (OpenAI API reference, "Chat", "Embeddings").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, eventOf, fieldsOf, listOf, nextId, PERSON, WORDS } from './script.ts'

const USAGE = {
  prompt_tokens: COUNTS.input,
  completion_tokens: COUNTS.output,
  total_tokens: COUNTS.input + COUNTS.output,
  prompt_tokens_details: { cached_tokens: COUNTS.cached },
  completion_tokens_details: { reasoning_tokens: COUNTS.reasoning }
}

/** A tool is called once; what it gave is then answered in words. */
export function chatCompletion(request: Fields): Answer {
  const { model, stream } = request
  const id = nextId('chatcmpl')
  const call = toolCallOf(request)
  const reason = call ? 'tool_calls' : 'stop'
  const texts = isStructured(request) ? [JSON.stringify(PERSON)] : WORDS
  if (stream !== true) {
    const message = call
      ? { role: 'assistant', content: null, tool_calls: [call] }
      : { role: 'assistant', content: texts.join('') }
    const choices = [{ index: 0, finish_reason: reason, message, logprobs: null }]
    const body = { id, object: 'chat.completion', created: 1, model, choices, usage: USAGE }
    return { body: { ...body, system_fingerprint: null } }
  }
  const chunk = (choices: readonly unknown[], more: object = {}) =>
    eventOf({ id, object: 'chat.completion.chunk', created: 1, model, choices, ...more })
  const delta = (said: object, finished: string | null = null) =>
    chunk([{ index: 0, delta: said, finish_reason: finished }])
  const said = call
    ? [delta({ tool_calls: [{ index: 0, ...call }] })]
    : texts.map((content) => delta({ content }))
  const isCounted = fieldsOf(request.stream_options).include_usage === true
  return {
    contentType: 'text/event-stream',
    pieces: [
      delta({ role: 'assistant', content: '' }),
      ...said,
      delta({}, reason),
      ...(isCounted ? [chunk([], { usage: USAGE })] : []),
      'data: [DONE]\n\n'
    ]
  }
}

/** One vector an input. */
export function embeddings({ model, input, encoding_format: encoding }: Fields): Answer {
  const vector = [0.1, 0.2, 0.3, 0.4]
  const bytes = Buffer.from(new Float32Array(vector).buffer).toString('base64')
  const data = (Array.isArray(input) ? input : [input]).map((_, index) => ({
    object: 'embedding',
    index,
    embedding: encoding === 'base64' ? bytes : vector
  }))
  const usage = { prompt_tokens: 5, total_tokens: 5 }
  return { body: { object: 'list', model, data, usage } }
}

function toolCallOf({ tools, messages, tool_choice: choice }: Fields): Fields | undefined {
  const tool = fieldsOf(listOf(tools)[0]?.function)
  const isForced = typeof choice === 'object' && choice !== null
  const isDone = listOf(messages).some(({ role }) => role === 'tool')
  if (typeof tool.name !== 'string' || choice === 'none' || (isDone && !isForced)) return undefined
  const asked = { name: tool.name, arguments: JSON.stringify(argumentsFor(tool.parameters)) }
  return { id: nextId('call'), type: 'function', function: asked }
}

function isStructured({ response_format: format }: Fields): boolean {
  return String(fieldsOf(format).type).startsWith('json')
}
