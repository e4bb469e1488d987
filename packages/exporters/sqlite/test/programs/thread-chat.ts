// A protocol whose records tell in which thread they were read.
import { threadId } from 'node:worker_threads'
import { type CallResponse, isObject, type Protocol } from '@slm-audit/core'

export const threadChat: Protocol<{ text: string }> = {
  name: 'thread.chat',
  framing: 'sse',
  matches: (url, method) => method === 'POST' && url.pathname === '/chat',
  readRequest(body) {
    if (isObject(body) && body.unreadable) throw new Error('unreadable')
    const { input, ...settings } = isObject(body) ? body : { input: body }
    return { operation: 'chat', provider: 'test', input, settings, conversation: `${threadId}` }
  },
  readResponse: read,
  start: () => ({ text: '' }),
  step: (fold, event) => ({ text: fold.text + (isObject(event) ? String(event.text) : '') }),
  finish: read,
  home: {
    is: (protocol) => protocol === threadChat,
    module: () => import.meta.url,
    asksForTool: /"tool"/
  }
}

function read(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const toolCalls = typeof body.tool === 'string' ? [{ id: 't-1', name: body.tool }] : []
  return { output: body.text, model: 'm', toolCalls, details: { thread: threadId } }
}
