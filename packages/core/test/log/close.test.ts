import { memoryJournal, type Protocol, wrapFetch } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** A log with so much to store that what is open when it closes is written many turns later. */
function busyLog() {
  const { log, journal } = newLog({ windowMs: 1000 })
  const slow = () => {
    const until = performance.now() + 2
    while (performance.now() < until);
    return chat
  }
  for (let index = 0; index < 10; index++) log.open(slow)
  return { log, last: () => callsOf(journal.records).at(-1) }
}

test('a call that is open at close keeps what had come, not what comes until it is stored', async () => {
  const { log, last } = busyLog()
  const call = log.open(chat)
  const heard = ['one']
  call.keepPartial(() => ({ output: heard }))
  const closing = log.close()
  heard.push('two')
  await closing
  expect(last()?.contents['output']).toEqual(['one'])
})

test('so does a stream that the application goes on reading', async () => {
  const lines: Protocol = {
    name: 'test.lines',
    matches: () => true,
    readRequest: () => chat,
    readResponse: () => ({}),
    start: () => [] as unknown[],
    step: (heard, event) => [...(heard as unknown[]), event],
    finish: (output) => ({ output })
  }
  const { log, last } = busyLog()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const say = (line: string) => writer.write(new TextEncoder().encode(`data: {"a":"${line}"}\n\n`))
  const headers = { 'content-type': 'text/event-stream' }
  const fetch = wrapFetch(log, [lines], async () => new Response(readable, { headers }))
  const body = (await fetch('http://127.0.0.1:9/', { method: 'POST', body: '{}' })).body
  const reader = body?.getReader()
  void say('one')
  await reader?.read()
  const closing = log.close()
  void say('two')
  await reader?.read()
  await closing
  expect(last()?.contents['output']).toEqual([{ a: 'one' }])
})

test('a journal that never closes is left, and that is told', async () => {
  const inner = memoryJournal()
  const never = new Promise<never>(() => undefined)
  const journal = { ...inner, append: () => never, [Symbol.asyncDispose]: () => never }
  const platform = nodePlatform()
  // Seconds pass in milliseconds.
  const defer = (run: () => void, ms: number) => platform.defer(run, ms / 100)
  const { log, problems } = newLog({ journal, deadlineMs: 50, platform: { ...platform, defer } })
  await log.record(chat, async () => 1)
  // Whoever asks for all to be stored is told, too.
  await expect(log.flush()).rejects.toThrow('nothing was stored within 50 ms')
  await log.close()
  expect(problems.map(({ message }) => message)).toEqual([
    '2 records were lost at close: they were not stored within 50 ms',
    'the journal did not close: it did not end within 15 s'
  ])
})

test('whoever flushes goes on waiting as long as something is stored', async () => {
  const inner = memoryJournal()
  const append: typeof inner.append = async (records) => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    await inner.append(records)
  }
  const { log } = newLog({ journal: { ...inner, append }, deadlineMs: 100, batchSize: 2 })
  for (let call = 0; call < 8; call++) await log.record(chat, async () => call)
  await log.flush()
  expect(inner.records).toHaveLength(16)
  await log.close()
})
