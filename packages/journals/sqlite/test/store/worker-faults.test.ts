import { spawn } from 'node:child_process'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { wrapFetch } from '@slm-audit/core'
import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { oddChat } from '../programs/odd-chat.ts'
import { chat, freshFile, openLog, stagesIn } from '../support.ts'

/** A log whose journal reads `oddChat` in its thread, and a call of it. */
async function reading() {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  const answer = async (_url: unknown, init?: RequestInit) =>
    new Response(String(init?.body), { headers: { 'content-type': 'application/json' } })
  const fetch = wrapFetch(log, [oddChat], answer)
  const call = async (body: object) => {
    const init = { method: 'POST', body: JSON.stringify(body) }
    return (await fetch('http://canned/chat', init)).json()
  }
  // The thread has the protocol once it has been asked for it.
  await call({ input: 'first' })
  await log.flush()
  return { file, log, problems, call }
}

test('a call that ends the journal’s thread is left out and counted, and no other is lost', async () => {
  const { file, log, problems, call } = await reading()
  const open = log.open({ ...chat, input: 'long' })
  for (const input of ['before', 'die', 'after']) expect(await call({ input })).toEqual({ input })
  await expect
    .poll(() =>
      log.flush().then(
        () => true,
        () => false
      )
    )
    .toBe(true)
  open.complete({ output: 'whole' })
  await call({ input: 'later' })
  await log.close()
  expect(problems.map(({ code }) => code)).toEqual([
    'journal_failed',
    'journal_failed',
    'protocol_failed'
  ])
  expect(await stagesIn(file)).toEqual({ complete: 6 })
  await using reader = await openReader(file)
  expect(await reader.verify()).toMatchObject({ openCalls: 0, lostRecords: 1 })
  expect(await reader.get(open.auditId)).toMatchObject({
    stage: 'complete',
    contents: { output: 'whole' },
    indices: [expect.any(Number), expect.any(Number)]
  })
})

test('a call of which no record can be made holds up no other, and is counted', async () => {
  const { file, log, problems, call } = await reading()
  for (const input of ['before', 'odd', 'after']) await call({ input })
  await log.close()
  expect(await stagesIn(file)).toMatchObject({ complete: 3 })
  for (const { message } of problems) expect(message).not.toContain('secret')
  await using reader = await openReader(file)
  expect(await reader.verify()).toMatchObject({ lostRecords: 2, openCalls: 0 })
})

test('while the journal’s thread cannot be started again, calls wait, and are stored once it can', async () => {
  const { file, log, problems, call } = await reading()
  renameSync(file, `${file}.away`)
  await call({ input: 'die' })
  for (let n = 0; n < 20; n++) log.open({ ...chat, input: n }).complete({})
  await expect.poll(() => problems.length, { timeout: 5_000 }).toBeGreaterThan(0)
  for (const end of ['', '-wal', '-shm']) {
    if (existsSync(`${file}${end}`) && end !== '') continue
    if (existsSync(`${file}.away`) && end === '') renameSync(`${file}.away`, file)
  }
  await expect
    .poll(
      () =>
        log.flush().then(
          () => true,
          () => false
        ),
      { timeout: 10_000 }
    )
    .toBe(true)
  await log.close()
  expect(await stagesIn(file)).toMatchObject({ complete: 22 })
})

test('a log that closes while another process holds the database leaves its calls in the spool', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file }, { deadlineMs: 500 })
  await log.flush()
  const program = `const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1])
    database.exec('BEGIN IMMEDIATE')
    console.log('held')
    process.stdin.on('end', () => database.close()).resume()`
  const holder = spawn(process.execPath, ['-e', program, file], {
    stdio: ['pipe', 'pipe', 'ignore']
  })
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  for (let n = 0; n < 20; n++) log.open({ ...chat, input: n }).complete({})
  const began = performance.now()
  await log.close()
  const tookMs = performance.now() - began
  holder.stdin.end()
  expect(problems.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('are taken in when the log is opened again')
  )
  expect(tookMs).toBeLessThan(3_000)
  await new Promise((resolve) => holder.once('close', resolve))
  expect(await stagesIn(file)).toEqual({ complete: 20 })
})

test('records wait while the database is away, and are stored once it is back', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  log.record(chat, () => 1)
  await log.flush()
  const move = (from: string, to: string) => {
    for (const end of ['', '-wal', '-shm']) renameSync(`${from}${end}`, `${to}${end}`)
  }
  move(file, `${file}.away`)
  log.record(chat, () => 2)
  await expect(log.flush()).rejects.toThrow(/was deleted or replaced/)
  writeFileSync(file, '')
  await expect(log.flush()).rejects.toThrow(/was deleted or replaced/)
  move(`${file}.away`, file)
  await log.close()
  expect(problems[0]).toMatchObject({ code: 'journal_failed' })
  expect(await stagesIn(file)).toEqual({ complete: 2 })
})
