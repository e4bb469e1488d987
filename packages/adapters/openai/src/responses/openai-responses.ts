import { type CallRequest, isObject, type Protocol } from '@slm-audit/core/adapter'
import { PADDING, readRefusal } from '../compatible.ts'
import { readRequest } from '../read-request.ts'
import { throwsAt } from '../stream-faults.ts'
import { workerModuleOf } from '../worker-module.ts'
import { readResponse } from './read-response.ts'
import {
  finishResponse,
  type ResponsesFold,
  startResponse,
  stepResponse
} from './responses-fold.ts'

/** What may stand behind `/responses`: nothing, an id, and what is done. */
const PATH = /\/responses(?:\/(compact|input_tokens)|\/([^/]+)(?:\/(cancel))?)?$/

/**
 * Responses (`POST …/responses`), of OpenAI and of every server that speaks the same: plain and
 * streamed, tools of yours and of the provider's, reasoning with its summaries, encrypted
 * reasoning, per-token probabilities. What runs in the background is fetched later: each look at it
 * (`GET …/responses/{id}`), and its cancelling, is a record of its own; so are compacting and the
 * counting of tokens.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/responses`).
 */
export const openaiResponses: Protocol<ResponsesFold> = {
  name: 'openai.responses',
  framing: 'sse',
  matches,
  readRequest: readAsked,
  readResponse,
  readRefusal,
  throwsAt,
  start: startResponse,
  step: stepResponse,
  isLast: (event) =>
    isObject(event) &&
    /^(response\.(completed|incomplete|failed|cancelled)|error)$/.test(String(event.type)),
  leavesOut: PADDING,
  finish: (fold) => readResponse(finishResponse(fold)),
  workerModule: workerModuleOf(() => openaiResponses)
}

function readAsked(body: unknown, url: URL): CallRequest {
  const [, special, id, cancel] = PATH.exec(url.pathname) ?? []
  if (id !== undefined) {
    const { input: _none, ...request } = readRequest('retrieve', [], undefined, url)
    const settings = { response_id: id, ...request.settings }
    return { ...request, ...(cancel && { operation: 'cancel' }), settings }
  }
  const operation = special === 'input_tokens' ? 'count_tokens' : (special ?? 'chat')
  const request = readRequest(operation, ['input', 'instructions', 'prompt'], body, url)
  const { conversation, prompt } = isObject(body) ? body : {}
  return { ...request, ...conversationOf(conversation), ...promptOf(prompt) }
}

function conversationOf(value: unknown): { conversation?: string } {
  const id = isObject(value) ? value.id : value
  return typeof id === 'string' ? { conversation: id } : {}
}

/** A prompt that is kept at the provider. */
function promptOf(value: unknown): Pick<CallRequest, 'prompt'> {
  if (!isObject(value) || typeof value.id !== 'string') return {}
  const { id: name, version } = value
  return { prompt: { name, ...(typeof version === 'string' && { version }) } }
}

function matches({ pathname }: URL, method: string): boolean {
  const found = PATH.exec(pathname)
  if (!found) return false
  const [, , id, cancel] = found
  const looksAtOne = id !== undefined && cancel === undefined
  return method === 'GET' ? looksAtOne : method === 'POST' && !looksAtOne
}
