import { setTimeout } from 'node:timers/promises'
import { type Journal, type Protocol, wrapFetch } from '@slm-audit/core'
import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { oddChat } from './programs/odd-chat.ts'
import { freshFile, openLog, stagesIn } from './support.ts'

/** A log whose journal reads `oddChat` in its thread, and a call of it. */
async function reading() {
  const file = freshFile()
  // Calls up to a flush are one batch, however long they take.
  const { log, journal, problems } = await openLog({ file }, { windowMs: 60_000 })
  const answer = async (_url: unknown, init?: RequestInit) =>
    new Response(String(init?.body), { headers: { 'content-type': 'application/json' } })
  const fetch = wrapFetch(log, [oddChat], answer)
  const call = async (body: object) => {
    const init = { method: 'POST', body: JSON.stringify(body) }
    return (await fetch('http://canned/chat', init)).json()
  }
  await call({ input: 'first' })
  await log.flush()
  const learns = journal as Journal & { canRead(protocol: Protocol): boolean }
  while (!learns.canRead(oddChat)) await setTimeout(5)
  return { file, log, problems, call }
}

test('calls in the worker when it dies are stored once, and the worker is started again', async () => {
  const { file, log, problems, call } = await reading()
  for (const input of ['before', 'die', 'after']) expect(await call({ input })).toEqual({ input })
  await log.flush().catch(() => undefined)
  await call({ input: 'later' })
  await log.close()
  expect(problems).toMatchObject([{ code: 'journal_failed' }])
  expect(await stagesIn(file)).toEqual({ complete: 5 })
  await using reader = await openReader(file)
  expect(await reader.verify()).toMatchObject({ openCalls: 0 })
  const { items } = await reader.search('die')
  expect(items).toHaveLength(1)
})

test('a call of which no record can be made holds up no other, and is counted', async () => {
  const { file, log, problems, call } = await reading()
  await call({ input: 'before' })
  await call({ input: 'odd' })
  await call({ input: 'after' })
  await log.flush().catch(() => undefined)
  await log.close()
  expect(await stagesIn(file)).toMatchObject({ complete: 3 })
  expect(problems.map(({ code }) => code)).toContain('bad_record')
  for (const { message } of problems) expect(message).not.toContain('secret')
  await using reader = await openReader(file)
  // In one gap or in two, as its records were given up.
  expect(await reader.verify()).toMatchObject({ lostRecords: 2, openCalls: 0 })
})

test('a call that is open while the worker dies has one end, its own', async () => {
  const { file, log, call } = await reading()
  const open = log.open({ operation: 'chat', provider: 'test', input: 'long' })
  await log.flush()
  await call({ input: 'die' })
  await log.flush().catch(() => undefined)
  await call({ input: 'later' })
  await log.flush().catch(() => undefined)
  open.complete({ output: 'whole' })
  await log.close()
  await using reader = await openReader(file)
  const ended = await reader.get(open.auditId)
  expect(ended).toMatchObject({ stage: 'complete', contents: { output: 'whole' } })
  expect(ended?.indices).toHaveLength(2)
})
