import { isObject } from '@slm-audit/core/adapter'
import { flatAnswer, flatRequest } from './openai-body.ts'
import { chatLogprobs, tokenOf } from './openai-logprobs.ts'
import { objectsIn, piecesOf, present, seconds } from './parts.ts'
import type { Fields, KeptAnswer, Writer, WrittenEvent } from './writer.ts'

/** Members of a message that come in pieces. */
const TEXTS = ['reasoning', 'reasoning_content', 'thinking', 'content', 'refusal'] as const

/** Chat completions of OpenAI and of all who speak the same. */
export const openaiChatWriter: Writer = {
  framing: 'sse',
  path: () => '/chat/completions',
  request: (request) =>
    flatRequest(request, 'messages', ['prediction', 'documents', 'data_sources']),
  answer(answer) {
    const { output, logprobs } = answer
    const [first, ...others] = objectsIn(output)
    const choices = first && [
      { ...first, ...(logprobs.length > 0 && { logprobs: chatLogprobs(logprobs) }) },
      ...others
    ]
    const object = { object: 'chat.completion', created: seconds(answer.at) }
    return { ...object, ...flatAnswer(answer, present({ choices })) }
  },
  events(body, answer) {
    const { choices, usage, object: _object, ...head } = body
    const chunk = (members: Fields): WrittenEvent => ({
      data: { ...head, object: 'chat.completion.chunk', ...members }
    })
    return [
      ...objectsIn(choices).flatMap((choice) =>
        choiceEvents(choice, answer).map((piece) => chunk({ choices: [piece] }))
      ),
      ...(usage === undefined ? [] : [chunk({ choices: [], usage })]),
      ...(answer.isCut ? [] : [{ data: '[DONE]' }])
    ]
  }
}

/** Chats of Mistral, whose agents have an address of their own. */
export const mistralChatWriter: Writer = {
  ...openaiChatWriter,
  path: ({ settings }) =>
    settings.agent_id === undefined ? '/chat/completions' : '/agents/completions'
}

function choiceEvents(choice: Fields, { logprobs }: KeptAnswer): Fields[] {
  const { index = 0, message, finish_reason = null, logprobs: own, ...more } = choice
  const { role = 'assistant', ...said } = isObject(message) ? message : {}
  const tools = objectsIn(said.tool_calls)
  const piece = (delta: Fields, beside: Fields = {}) => ({
    index,
    delta,
    ...beside,
    finish_reason: null
  })
  const whole = Object.fromEntries(
    Object.entries(said).filter(
      ([name, value]) => !isText(name, value) && !(name === 'tool_calls' && tools.length > 0)
    )
  )
  const texts = TEXTS.flatMap((name) => {
    const text = said[name]
    if (typeof text !== 'string') return []
    const isSpelled = own !== undefined && logprobs.map(({ token }) => token).join('') === text
    if (name === 'content' && isSpelled) {
      return logprobs.map((each) =>
        piece({ content: each.token }, { logprobs: { content: [tokenOf(each)], refusal: null } })
      )
    }
    return piecesOf(text).map((part) => piece({ [name]: part }))
  })
  const isLeft = own !== undefined && !texts.some((each) => 'logprobs' in each)
  const calls = tools.map((call, at) => piece({ tool_calls: [{ index: at, ...call }] }))
  const last = { index, ...more, delta: {}, ...(isLeft && { logprobs: own }), finish_reason }
  return [piece({ role, ...whole }), ...texts, ...calls, last]
}

function isText(name: string, value: unknown): boolean {
  return typeof value === 'string' && (TEXTS as readonly string[]).includes(name)
}
