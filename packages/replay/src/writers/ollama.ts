import { isObject } from '@slm-audit/core/adapter'
import { inputMembers, piecesOf, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, KeptRequest, Writer, WrittenEvent } from './writer.ts'

const TEXTS = ['thinking', 'content', 'response'] as const
const PROMPTS = ['system', 'template', 'suffix', 'images', 'context']

/** Chat of Ollama. */
export const ollamaChatWriter: Writer = {
  framing: 'ndjson',
  path: () => '/api/chat',
  request: (request) => requestOf(request, inputMembers(request.input, 'messages', [])),
  answer: (answer) => bodyOf(answer, { message: answer.output }),
  events: (body, answer) => linesOf(body, body.message, answer, (message) => ({ message }))
}

/** Generate of Ollama. */
export const ollamaGenerateWriter: Writer = {
  framing: 'ndjson',
  path: () => '/api/generate',
  request: (request) => requestOf(request, inputMembers(request.input, 'prompt', PROMPTS)),
  answer: (answer) => bodyOf(answer, isObject(answer.output) ? answer.output : {}),
  events(body, answer) {
    const { response, thinking, ...rest } = body
    return linesOf(rest, present({ response, thinking }), answer, (said) => said)
  }
}

/** Embeddings of Ollama. */
export const ollamaEmbedWriter: Writer = {
  framing: 'ndjson',
  path: () => '/api/embed',
  request: ({ model, input, settings }) => present({ model, input, ...settings }),
  answer({ model, output, usage, details, rest }) {
    const isList = Array.isArray(output) && Array.isArray(output[0])
    const vectors = isList ? { embeddings: output } : { embedding: output }
    return withRest(present({ model, ...vectors, ...details, ...usage }), rest)
  }
}

function requestOf({ model, stream, tools, settings }: KeptRequest, said: Fields): Fields {
  return present({ model, ...said, tools, ...settings, stream })
}

function bodyOf(answer: KeptAnswer, said: Fields): Fields {
  const { model, logprobs, usage, details, rest, at } = answer
  const [done_reason] = answer.finishReasons
  const body = {
    model,
    created_at: new Date(at).toISOString(),
    ...said,
    done: true,
    done_reason,
    ...(logprobs.length > 0 && {
      logprobs: logprobs.map(({ top, ...token }) => ({
        ...token,
        ...(top && { top_logprobs: top })
      }))
    }),
    ...details,
    ...usage
  }
  return withRest(present(body), rest)
}

/** Lines with pieces of what was said, and a last one with all else. */
function linesOf(
  body: Fields,
  said: unknown,
  { isCut = false }: KeptAnswer,
  over: (said: Fields) => Fields
): WrittenEvent[] {
  const { model, created_at, done: _done, done_reason, ...last } = body
  const head = present({ model, created_at })
  const given: Fields = isObject(said) ? said : {}
  const texts = TEXTS.flatMap((name) => {
    const text = given[name]
    return typeof text === 'string' ? piecesOf(text).map((piece) => ({ [name]: piece })) : []
  })
  const { role } = given
  const others = Object.entries(given).filter(
    ([name]) => !(TEXTS as readonly string[]).includes(name)
  )
  const whole = Object.fromEntries(others)
  const isChat = 'message' in body
  const line = (members: Fields) => ({
    data: { ...head, ...over(isChat ? present({ role, ...members }) : members), done: false }
  })
  const isMore = others.some(([name]) => name !== 'role')
  const closing = isChat ? present({ role, content: '' }) : { response: '' }
  return [
    ...texts.map((piece) =>
      line(isChat && !('content' in piece) ? { content: '', ...piece } : piece)
    ),
    ...(isMore ? [line(isChat ? { content: '', ...whole } : whole)] : []),
    ...(isCut
      ? []
      : [{ data: present({ ...head, ...last, ...over(closing), done: true, done_reason }) }])
  ]
}
