import { type Protocol, wrapFetch } from '@slm-audit/core'
import { callsOf, chat, newLog } from './helpers.ts'

type Fetch = typeof globalThis.fetch

/** The least of a wire format. */
export const wire: Protocol<unknown> = {
  name: 'test.wire',
  matches: (url, method) => url.pathname === '/chat' && method === 'POST',
  readRequest: (input) => ({ ...chat, input }),
  readResponse: (output) => ({ output }),
  start: () => undefined,
  step: (_before, event) => event,
  finish: (output) => ({ output })
}
export const CHAT = 'http://host/chat'
export const post = { method: 'POST', body: '{}' }

/** A log and a fetch that it watches. */
export function watched(base: (...args: Parameters<Fetch>) => Promise<Response>) {
  const { log, journal } = newLog()
  const stages = async () => {
    await log.flush()
    return callsOf(journal.records).map(({ stage, record }) => [stage, record.outcome?.by])
  }
  const calls = async () => {
    await log.flush()
    return callsOf(journal.records)
  }
  return { log, fetch: wrapFetch(log, [wire], base), stages, calls }
}
