// A protocol whose records tell in which thread they were read.
import { threadId } from 'node:worker_threads'
import type { CallResponse, Protocol } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/journal'

export const threadChat: Protocol<{ text: string }> = {
  name: 'thread.chat',
  framing: 'sse',
  matches: (url, method) => method === 'POST' && url.pathname === '/chat',
  headers: ['x-answer', 'x-count'],
  readRequest(body, _url, headers) {
    if (isObject(body) && body.unreadable) throw new Error('unreadable')
    const { input, ...settings } = isObject(body) ? body : { input: body }
    const all = { ...settings, ...headers }
    return {
      operation: 'chat',
      provider: 'test',
      input,
      settings: all,
      conversation: `${threadId}`
    }
  },
  readResponse(body, _type, headers) {
    const count = headers?.['x-count']
    return { ...read(body), ...(count !== undefined && { fingerprint: count }) }
  },
  start: () => ({ text: '' }),
  step: (fold, event) => ({ text: fold.text + (isObject(event) ? String(event.text) : '') }),
  finish: read,
  workerModule: {
    isExported: (protocol) => protocol === threadChat,
    url: () => import.meta.url
  }
}

function read(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const toolCalls = typeof body.tool === 'string' ? [{ id: 't-1', name: body.tool }] : []
  return { output: body.text, model: 'm', toolCalls, details: { index: threadId } }
}
