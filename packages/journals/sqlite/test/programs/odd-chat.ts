// A protocol that ends the thread it is read in, unless that is the main one, or makes no record.
import { isMainThread } from 'node:worker_threads'
import { type CallResponse, isObject, type Protocol } from '@slm-audit/core'

export const oddChat: Protocol<undefined> = {
  name: 'odd.chat',
  matches: (url, method) => method === 'POST' && url.pathname === '/chat',
  readRequest(body) {
    const { input } = isObject(body) ? body : {}
    if (input === 'die' && !isMainThread) process.exit(7)
    // Longer than a header may be, in a member that cannot be moved out of it.
    const kind = input === 'odd' ? 'secret'.repeat(20_000) : 'call'
    return { kind, operation: 'chat', provider: 'test', input }
  },
  readResponse: read,
  start: () => undefined,
  step: () => undefined,
  finish: read,
  home: {
    is: (protocol) => protocol === oddChat,
    module: () => import.meta.url,
    asksForTool: /(?!)/
  }
}

function read(body: unknown): CallResponse {
  return { output: body }
}
