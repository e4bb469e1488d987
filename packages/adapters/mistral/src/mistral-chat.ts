import { isObject, type Protocol, textMember } from '@slm-audit/core/adapter'
import { atMistral, vertexModel, workerModuleOf } from './at-mistral.ts'
import { type CompletionFold, finishCompletion, stepCompletion } from './completion-fold.ts'
import { readCompletion } from './read-completion.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'

const isChat = atMistral(/\/(chat|agents)\/completions$/)

/**
 * Chats (`POST /v1/chat/completions`) and chats of agents (`/v1/agents/completions`): plain and
 * streamed, tools, thinking, documents and images. On Google Cloud (`:rawPredict`, `:streamRawPredict`) also
 * fill-in-the-middle, which has the same path there.
 *
 * Source: Mistral API reference, "Chat" and "Agents"; "Reasoning".
 */
export const mistralChat: Protocol<CompletionFold> = {
  name: 'mistral.chat',
  framing: 'sse',
  matches: (url, method) =>
    isChat(url, method) || (method === 'POST' && vertexModel(url) !== undefined),
  readRequest(body, url) {
    const isFim = isObject(body) && body.prompt !== undefined
    const request = isFim
      ? readRequest('text_completion', ['prompt', 'suffix'], body, url)
      : readRequest('chat', ['messages', 'prediction'], body, url)
    return { ...textMember('model', vertexModel(url)), ...request }
  },
  readResponse: readCompletion,
  throwsAt,
  start: () => ({}),
  step: stepCompletion,
  finish: (fold) => readCompletion(finishCompletion(fold)),
  workerModule: workerModuleOf(() => mistralChat)
}
