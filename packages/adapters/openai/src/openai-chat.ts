import {
  type CallRequest,
  isObject,
  type Protocol,
  providerOf,
  readToolNames
} from '@slm-audit/core'
import { type ChatFold, finishChat, startChat, stepChat } from './chat-fold.ts'
import { readChat } from './read-chat.ts'

/**
 * Chat completions (`POST …/chat/completions`), of OpenAI and of every server that speaks the same:
 * plain and streamed, all choices, tools, reasoning, per-token probabilities, usage.
 *
 * Source: OpenAI API reference, "Chat"; llama.cpp's and vLLM's extensions from their server docs.
 */
export const openaiChat: Protocol<ChatFold> = {
  name: 'openai.chat',
  framing: 'sse',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/chat/completions'),
  readRequest(body, url): CallRequest {
    const provider = providerOf(url, 'openai-compatible')
    if (!isObject(body)) return { operation: 'chat', provider, input: body }
    const { model, messages, stream, tools, ...settings } = body
    return {
      operation: 'chat',
      provider,
      input: messages,
      settings,
      ...(typeof model === 'string' && { model }),
      ...(typeof stream === 'boolean' && { stream }),
      ...(tools !== undefined && { tools, toolNames: readToolNames(tools) })
    }
  },
  readResponse: readChat,
  start: startChat,
  step: stepChat,
  finish: (fold) => readChat(finishChat(fold)),
  home: {
    is: (protocol) => protocol === openaiChat,
    module: () => import.meta.resolve('@slm-audit/openai'),
    asksForTool: /"(tool|function)_call/
  }
}
