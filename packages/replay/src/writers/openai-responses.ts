import { isObject } from '@slm-audit/core/adapter'
import { flatAnswer, flatRequest } from './openai-body.ts'
import { tokenOf } from './openai-logprobs.ts'
import { objectsIn, piecesOf, seconds } from './parts.ts'
import type { Fields, KeptAnswer, Writer, WrittenEvent } from './writer.ts'

/** Responses of OpenAI and of all who speak the same. */
export const openaiResponsesWriter: Writer = {
  framing: 'sse',
  path: () => '/responses',
  request: (request) => flatRequest(request, 'input', ['instructions', 'prompt']),
  answer(answer) {
    const object = { object: 'response', created_at: seconds(answer.at), status: 'completed' }
    const output = Array.isArray(answer.output) ? answer.output.map(withLogprobs(answer)) : []
    return { ...object, ...flatAnswer(answer, { output }) }
  },
  events(body, { isCut = false }) {
    const { output } = body
    const begun = { ...body, status: 'in_progress', output: [], usage: null }
    const events: Fields[] = [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...objectsIn(output).flatMap(itemEvents),
      { type: `response.${endOf(body)}`, response: body }
    ]
    const end = isCut ? lastDeltaOf(events) + 1 : events.length
    return events.slice(0, end).map((event, at): WrittenEvent => {
      const data = { ...event, sequence_number: at }
      return { name: String(event.type), data }
    })
  }
}

/** Where the last piece of an answer that broke off is; what follows says that something is over. */
function lastDeltaOf(events: readonly Fields[]): number {
  const last = events.findLastIndex(({ type }) => String(type).endsWith('.delta'))
  return last === -1 ? 1 : last
}

const ENDS = ['completed', 'incomplete', 'failed', 'cancelled']

function endOf({ status }: Fields): string {
  return ENDS.find((end) => end === status) ?? 'completed'
}

/** The probabilities belong to the texts of the answer; a record has them in one list. */
function withLogprobs({ logprobs }: KeptAnswer): (item: unknown) => unknown {
  let left = logprobs
  return (item) => {
    if (left.length === 0 || !isObject(item) || !Array.isArray(item.content)) return item
    const content = item.content.map((part: unknown) => {
      if (!isObject(part) || typeof part.text !== 'string') return part
      const own = left
      left = []
      return { ...part, logprobs: own.map(tokenOf) }
    })
    return { ...item, content }
  }
}

function itemEvents(item: Fields, at: number): Fields[] {
  const id = item.id ?? `item_${at}`
  const place = { output_index: at, item_id: id }
  const begun = { ...item, ...(Array.isArray(item.content) && { content: [] }) }
  const delta = (type: string, text: unknown, beside: Fields = {}) => [
    ...piecesOf(String(text)).map((piece) => ({
      type: `${type}.delta`,
      ...place,
      ...beside,
      delta: piece
    }))
  ]
  const parts = objectsIn(item.content).flatMap((part, index) => {
    const beside = { content_index: index }
    const known = typeof part.text === 'string' ? 'text' : 'refusal'
    const type = known === 'text' ? 'response.output_text' : 'response.refusal'
    const text = part[known]
    const empty = { ...part, [known]: '', ...('logprobs' in part && { logprobs: [] }) }
    return [
      { type: 'response.content_part.added', ...place, ...beside, part: empty },
      ...(typeof text === 'string'
        ? delta(type, text, { ...beside, ...(known === 'text' && { logprobs: [] }) })
        : []),
      {
        type: `${type}.done`,
        ...place,
        ...beside,
        [known]: text,
        ...('logprobs' in part && { logprobs: part.logprobs })
      },
      { type: 'response.content_part.done', ...place, ...beside, part }
    ]
  })
  const isCall = typeof item.arguments === 'string' && item.type === 'function_call'
  const call = isCall
    ? [
        ...delta('response.function_call_arguments', item.arguments),
        {
          type: 'response.function_call_arguments.done',
          ...place,
          arguments: item.arguments,
          name: item.name
        }
      ]
    : []
  return [
    {
      type: 'response.output_item.added',
      output_index: at,
      item: { ...begun, status: 'in_progress', ...(isCall && { arguments: '' }) }
    },
    ...parts,
    ...call,
    { type: 'response.output_item.done', output_index: at, item }
  ]
}
