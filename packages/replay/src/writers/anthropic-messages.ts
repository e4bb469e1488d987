import { isObject } from '@slm-audit/core/adapter'
import { inputMembers, objectsIn, piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, Writer, WrittenEvent } from './writer.ts'

/** Settings that go as headers, not in the body. */
const IN_HEADERS = ['anthropic-beta', 'anthropic-version']

/** Messages of Anthropic and of all who speak the same. */
export const anthropicMessagesWriter: Writer = {
  framing: 'sse',
  path: () => '/v1/messages',
  request({ model, stream, input, tools, settings }) {
    const own = Object.entries(settings).filter(([name]) => !IN_HEADERS.includes(name))
    const said = inputMembers(input, 'messages', ['system'])
    return present({ model, max_tokens: 1024, ...said, tools, ...Object.fromEntries(own), stream })
  },
  answer(answer) {
    const { id, model, output, usage, details, rest } = answer
    const [reason = null] = answer.finishReasons
    const { role = 'assistant', content = [] } = isObject(output) ? output : {}
    const body = { id, type: 'message', role, model, content, stop_reason: reason }
    return withRest(present({ ...body, stop_sequence: null, ...details, usage }), rest)
  },
  events(body, answer) {
    const { content, stop_reason, stop_sequence, stop_details, usage, ...head } = body
    const begun = { ...head, content: [], stop_reason: null, stop_sequence: null, usage }
    const ended = present({ stop_reason, stop_sequence, stop_details })
    const blocks = blocksOf(content, answer).flatMap(blockEvents)
    const start = event('message_start', { message: begun })
    // The last block was not over.
    if (answer.isCut) return [start, ...blocks.slice(0, -1)]
    return [
      start,
      ...blocks,
      event('message_delta', { delta: ended, ...(usage !== undefined && { usage }) }),
      event('message_stop', {})
    ]
  }
}

function blocksOf(content: unknown, { output }: KeptAnswer): readonly Fields[] {
  if (typeof output === 'string') return [{ type: 'text', text: output }]
  return objectsIn(content)
}

function event(type: string, members: Fields): WrittenEvent {
  return { name: type, data: { type, ...members } }
}

function blockEvents(block: Fields, index: number): WrittenEvent[] {
  const { begun, deltas } = inPieces(block)
  return [
    event('content_block_start', { index, content_block: begun }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index })
  ]
}

/** A block as it begins, and what comes after that. */
function inPieces(block: Fields): { readonly begun: Fields; readonly deltas: readonly Fields[] } {
  const { text, thinking, signature, citations, input } = block
  if (typeof text === 'string') {
    const cited = Array.isArray(citations) ? citations : []
    const texts = piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece }))
    const marks = cited.map((citation: unknown) => ({ type: 'citations_delta', citation }))
    const begun = { ...block, text: '', ...(cited.length > 0 && { citations: [] }) }
    return { begun, deltas: [...texts, ...marks] }
  }
  if (typeof thinking === 'string') {
    const thoughts = piecesOf(thinking).map((piece) => ({
      type: 'thinking_delta',
      thinking: piece
    }))
    const signed = typeof signature === 'string' ? [{ type: 'signature_delta', signature }] : []
    return { begun: { ...block, thinking: '', signature: '' }, deltas: [...thoughts, ...signed] }
  }
  if (isObject(input) && Object.keys(input).length > 0) {
    const partial = { type: 'input_json_delta', partial_json: JSON.stringify(input) }
    return { begun: { ...block, input: {} }, deltas: [partial] }
  }
  return { begun: block, deltas: [] }
}
