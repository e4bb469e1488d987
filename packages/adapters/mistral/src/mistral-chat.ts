import type { Protocol } from '@slm-audit/core'
import { atMistral, homeOf, TOOLS } from './at-mistral.ts'
import { type CompletionFold, finishCompletion, stepCompletion } from './completion-fold.ts'
import { readCompletion } from './read-completion.ts'
import { readRequest } from './read-request.ts'

/**
 * Chats (`POST /v1/chat/completions`) and chats of agents (`/v1/agents/completions`): plain and
 * streamed, tools, thinking, documents and images.
 *
 * Source: Mistral API reference, "Chat" and "Agents"; "Reasoning".
 */
export const mistralChat: Protocol<CompletionFold> = {
  name: 'mistral.chat',
  framing: 'sse',
  matches: atMistral(/\/(chat|agents)\/completions$/),
  readRequest: (body, url) => readRequest('chat', ['messages', 'prediction'], body, url),
  readResponse: readCompletion,
  start: () => ({}),
  step: stepCompletion,
  finish: (fold) => readCompletion(finishCompletion(fold)),
  home: homeOf(() => mistralChat, TOOLS)
}
