// Cohere's chat (Cohere API reference, "Chat (v2 API)", "Chat with Streaming").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, eventOf, fieldsOf, listOf, nextId, WORDS } from './script.ts'

const TOKENS = { input_tokens: COUNTS.input, output_tokens: COUNTS.output }
const USAGE = { billed_units: TOKENS, tokens: TOKENS }

/** A tool is called once; what it gave is then answered in words. */
export function cohereChat(request: Fields): Answer {
  const id = nextId('cohere')
  const call = toolCallOf(request)
  const reason = call ? 'TOOL_CALL' : 'COMPLETE'
  if (request.stream !== true) {
    const content = [{ type: 'text', text: WORDS.join('') }]
    const said = call ? { tool_calls: [call] } : { content }
    const message = { role: 'assistant', ...said }
    return { body: { id, finish_reason: reason, message, usage: USAGE } }
  }
  const delta = (message: Fields) => ({ index: 0, delta: { message } })
  const said = call
    ? [
        { type: 'tool-call-start', ...delta({ tool_calls: { ...call } }) },
        { type: 'tool-call-end', index: 0 }
      ]
    : [
        { type: 'content-start', ...delta({ content: { type: 'text', text: '' } }) },
        ...WORDS.map((text) => ({ type: 'content-delta', ...delta({ content: { text } }) })),
        { type: 'content-end', index: 0 }
      ]
  const events = [
    { type: 'message-start', id, delta: { message: { role: 'assistant', content: [] } } },
    ...said,
    { type: 'message-end', id, delta: { finish_reason: reason, usage: USAGE } }
  ]
  return {
    contentType: 'text/event-stream',
    pieces: events.map((event) => eventOf(event, event.type))
  }
}

function toolCallOf({ tools, messages }: Fields): Fields | undefined {
  const { name, parameters } = fieldsOf(listOf(tools)[0]?.function)
  const isDone = listOf(messages).some(({ role }) => role === 'tool')
  if (typeof name !== 'string' || isDone) return undefined
  const asked = { name, arguments: JSON.stringify(argumentsFor(parameters)) }
  return { id: nextId('call'), type: 'function', function: asked }
}
