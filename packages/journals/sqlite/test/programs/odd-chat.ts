// A protocol that ends the thread it is read in, unless that is the main one, or makes no record.
import { isMainThread } from 'node:worker_threads'
import type { CallResponse, Protocol } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/journal'

export const oddChat: Protocol<undefined> = {
  name: 'odd.chat',
  matches: (url, method) => method === 'POST' && url.pathname === '/chat',
  readRequest(body) {
    const { input } = isObject(body) ? body : {}
    if (input === 'die' && !isMainThread) process.exit(7)
    // No record can be made of what cannot be looked into.
    const unreadable = () => new Proxy({}, { ownKeys: () => JSON.parse('secret') })
    const identity = input === 'odd' ? { identity: unreadable } : {}
    return { operation: 'chat', provider: 'test', input, ...identity }
  },
  readResponse: read,
  start: () => undefined,
  step: () => undefined,
  finish: read,
  workerModule: {
    isExported: (protocol) => protocol === oddChat,
    url: () => import.meta.url
  }
}

function read(body: unknown): CallResponse {
  return { output: body }
}
