import type { Protocol } from '@slm-audit/core/adapter'
import { finishChat, stepChat } from './chat-fold.ts'
import { type ChoicesFold, startChoices } from './choices-fold.ts'
import { PADDING, readRefusal } from './compatible.ts'
import { readChat } from './read-chat.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'
import { workerModuleOf } from './worker-module.ts'

/**
 * Chat completions (`POST …/chat/completions`), of OpenAI and of every server that speaks the same:
 * plain and streamed, all choices, tools, reasoning, per-token probabilities, usage.
 *
 * Source: OpenAI API reference, "Chat"; llama.cpp's and vLLM's extensions from their server docs.
 */
export const openaiChat: Protocol<ChoicesFold> = {
  name: 'openai.chat',
  framing: 'sse',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/chat/completions'),
  readRequest: (body, url) =>
    readRequest('chat', ['messages', 'prediction', 'documents', 'data_sources'], body, url),
  readResponse: readChat,
  readRefusal,
  throwsAt,
  start: startChoices,
  step: stepChat,
  leavesOut: PADDING,
  finish: (fold) => readChat(finishChat(fold)),
  workerModule: workerModuleOf(() => openaiChat)
}
