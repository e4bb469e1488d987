import { isObject } from '@slm-audit/core/adapter'
import { flatRequest } from './openai-body.ts'
import { objectsIn, piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, Writer, WrittenEvent } from './writer.ts'

/** Chats of Cohere. */
export const cohereChatWriter: Writer = {
  framing: 'sse',
  path: () => '/v2/chat',
  request: (request) => flatRequest(request, 'messages', ['documents']),
  answer({ id, output, finishReasons, usage, logprobs, details, rest }) {
    const [finish_reason] = finishReasons
    const message = isObject(output) ? output : undefined
    const items = logprobs.length > 0 ? logprobs.map(itemOf) : undefined
    return withRest(
      present({ id, finish_reason, message, usage, logprobs: items, ...details }),
      rest
    )
  },
  events: (body, answer) => {
    const { id, message, finish_reason, usage, logprobs: _logprobs, ...more } = body
    const said = messageEvents(id, isObject(message) ? message : {}, answer)
    // The last part was not over.
    if (answer.isCut) return said.slice(0, said.length > 1 ? -1 : 1)
    return [...said, named('message-end', { delta: present({ ...more, finish_reason, usage }) })]
  }
}

/** Embeddings of Cohere. */
export const cohereEmbedWriter: Writer = {
  framing: 'sse',
  path: () => '/v2/embed',
  request: (request) => flatRequest(request, 'texts', ['images', 'inputs']),
  answer({ id, output, usage, details, rest }) {
    // What stands in `meta` is told as a detail as well.
    const own = Object.entries(details).filter(([name]) => !(name in (usage ?? {})))
    const body = { id, embeddings: output, ...Object.fromEntries(own), meta: usage }
    return withRest(present(body), rest)
  }
}

/** Rankings of Cohere, and of servers that speak the same. */
export const cohereRerankWriter: Writer = {
  framing: 'sse',
  path: () => '/v2/rerank',
  request: (request) => flatRequest(request, 'query', ['documents']),
  answer: ({ id, model, output, usage, rest }) =>
    withRest(present({ id, model, results: output, meta: usage }), rest)
}

type Logprob = KeptAnswer['logprobs'][number]

function itemOf({ token, logprob, id }: Logprob): Fields {
  return present({
    text: token,
    token_ids: id === undefined ? undefined : [id],
    logprobs: [logprob]
  })
}

function named(type: string, members: Fields): WrittenEvent {
  return { name: type, data: { type, ...members } }
}

/** Lists of a message, each with the name that its events begin with. */
const LISTS = { content: 'content', tool_calls: 'tool-call', citations: 'citation' } as const
const TEXTS = ['thinking', 'text'] as const

function messageEvents(id: unknown, message: Fields, answer: KeptAnswer): WrittenEvent[] {
  const { tool_plan: plan, content, tool_calls: calls, citations, ...own } = message
  const lists = Object.keys(LISTS).filter((name) => message[name] !== undefined)
  const start = { ...own, ...Object.fromEntries(lists.map((name) => [name, []])) }
  const logprobs = answer.logprobs.map(itemOf)
  const delta = (type: string, index: number, said: Fields, beside: Fields = {}) =>
    named(type, { index, delta: { message: said }, ...beside })
  const planned = typeof plan === 'string' ? piecesOf(plan) : []
  return [
    named('message-start', {
      id,
      delta: { message: plan === undefined ? start : { ...start, tool_plan: '' } }
    }),
    ...planned.map((piece) => delta('tool-plan-delta', 0, { tool_plan: piece })),
    ...objectsIn(content).flatMap((item, index) => contentEvents(item, index, logprobs)),
    ...logprobs.map((each) => delta('content-delta', 0, {}, { logprobs: each })),
    ...objectsIn(calls).flatMap((call, index) => callEvents(call, index)),
    ...objectsIn(citations).flatMap((citation, index) => [
      delta('citation-start', index, { citations: citation }),
      named('citation-end', { index })
    ])
  ]
}

/** One item of the content; the tokens that are left go with the pieces of its text. */
function contentEvents(item: Fields, index: number, logprobs: Fields[]): WrittenEvent[] {
  const name = TEXTS.find((each) => typeof item[each] === 'string')
  const start = name === undefined ? item : { ...item, [name]: '' }
  const pieces = name === undefined ? [] : piecesOf(String(item[name]))
  return [
    named('content-start', { index, delta: { message: { content: start } } }),
    ...pieces.map((piece) => {
      const token = name === 'text' ? logprobs.shift() : undefined
      const said = { message: { content: { [String(name)]: piece } } }
      return named('content-delta', present({ index, delta: said, logprobs: token }))
    }),
    named('content-end', { index })
  ]
}

function callEvents(call: Fields, index: number): WrittenEvent[] {
  const given = isObject(call.function) ? call.function : {}
  const whole = typeof given.arguments === 'string'
  const start = whole ? { ...call, function: { ...given, arguments: '' } } : call
  const part = (said: Fields) => ({ message: { tool_calls: said } })
  return [
    named('tool-call-start', { index, delta: part(start) }),
    ...(whole ? piecesOf(String(given.arguments)) : []).map((piece) =>
      named('tool-call-delta', { index, delta: part({ function: { arguments: piece } }) })
    ),
    named('tool-call-end', { index })
  ]
}
