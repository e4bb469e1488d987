import { type Protocol, providerOf, readFlatRequest } from '@slm-audit/core/adapter'
import { type ChatFold, finishChat, stepChat } from './chat-fold.ts'
import { readChat } from './read-chat.ts'
import { workerModuleOf } from './worker-module.ts'

/** Members of a request that are said to the model. */
const INPUTS = ['messages', 'documents']

/**
 * Chats (`POST /v2/chat`) of Cohere and of the clouds that serve its models: plain and streamed, tools and the plan
 * for them, thinking, citations, per-token probabilities.
 *
 * Source: Cohere API reference, "Chat (v2 API)" and "Chat with Streaming"; the `cohere-ai` package, 8.1.
 */
export const cohereChat: Protocol<ChatFold> = {
  name: 'cohere.chat',
  framing: 'sse',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/v2/chat'),
  readRequest: (body, url) =>
    readFlatRequest(body, {
      operation: 'chat',
      provider: providerOf(url, 'cohere-compatible'),
      inputs: INPUTS
    }),
  readResponse: readChat,
  start: () => ({}),
  step: stepChat,
  finish: (fold) => readChat(finishChat(fold)),
  workerModule: workerModuleOf(() => cohereChat)
}
