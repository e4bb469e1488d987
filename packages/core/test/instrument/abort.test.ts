import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { memoryLog } from '../../../testing/src/index.ts'
import { type Protocol, wrapFetch } from '../../src/index.ts'
import { nonStreaming } from '../../src/protocol/non-streaming.ts'

const echo: Protocol = {
  name: 'test.echo',
  matches: () => true,
  readRequest: (input) => ({ operation: 'chat', provider: 'test', input }),
  ...nonStreaming((output) => ({ output }))
}

/** A response whose body hangs after its first bytes, until the request is aborted. */
function hanging(signal: AbortSignal): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('"be'))
      signal.addEventListener('abort', () => controller.error(signal.reason), { once: true })
    }
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

function ask(signal: AbortSignal) {
  const { log, calls } = memoryLog()
  const fetch = wrapFetch(log, [echo], async () => hanging(signal))
  return { calls, asked: fetch('http://x/', { method: 'POST', body: '"hi"', signal }) }
}

test('a request that is aborted while nobody reads its answer ends its call at once', async () => {
  const stop = new AbortController()
  const { calls, asked } = ask(stop.signal)
  await asked
  expect((await calls()).map(({ stage }) => stage)).toEqual(['received'])
  stop.abort()
  await expect
    .poll(async () => (await calls()).map(({ stage, record }) => [stage, record.outcome?.by]))
    .toEqual([['cancelled', 'signal']])
})

test('one that is being read keeps what was read, and nothing stays on the signal', async () => {
  const stop = new AbortController()
  const { calls, asked } = ask(stop.signal)
  const reader = (await asked).body?.getReader()
  await reader?.read()
  const pending = reader?.read()
  stop.abort(new RangeError('mine'))
  await expect(pending).rejects.toThrow('mine')
  const [call] = await calls()
  expect([call?.stage, call?.record.outcome?.by]).toEqual(['cancelled', 'signal'])
  expect(call?.contents.output).toBe('"be')
})

test('a call that has ended leaves the signal as it was', async () => {
  const stop = new AbortController()
  const { log, calls } = memoryLog()
  const fetch = wrapFetch(log, [echo], async () => Response.json('yes'))
  const sent = { method: 'POST', body: '"hi"', signal: stop.signal }
  expect(await (await fetch('http://x/', sent)).json()).toBe('yes')
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  stop.abort()
  expect((await calls()).map(({ stage }) => stage)).toEqual(['complete'])
})

test('one that is aborted in the turn in which its answer came ends its call, too', async () => {
  const stop = new AbortController()
  const { calls, asked } = ask(stop.signal)
  await asked
  stop.abort()
  await expect
    .poll(async () => (await calls()).map(({ stage, record }) => [stage, record.outcome?.by]))
    .toEqual([['cancelled', 'signal']])
})
