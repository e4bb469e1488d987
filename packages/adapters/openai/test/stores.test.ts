import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, createAuditLog, memoryJournal } from '@slm-audit/core'
import type { PendingRecord } from '@slm-audit/core/journal'
import { nodePlatform } from '@slm-audit/core/node'
import { openReader } from '@slm-audit/sqlite'
import { type Answer, callsOf, type FakeServer, fakeServer, memoryLog } from '@slm-audit/testing'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { ended, hanging, params, plain } from './scenario.ts'

/** Runs the program, on its own or with a log in `file`; what it printed, and how it ended. */
function run(server: FakeServer, file: string, ...args: readonly string[]) {
  const program = new URL('./programs/ask.ts', import.meta.url).pathname
  return new Promise<object>((resolve) => {
    execFile(process.execPath, [program, server.url, file, ...args], (error, stdout, stderr) => {
      const { code, signal } = error ?? { code: 0, signal: undefined }
      resolve({ code, signal, stdout, stderr })
    })
  })
}

const freshFile = () => join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

/** What the server saw, but for the ports of connections. */
const requestsOf = ({ requests }: FakeServer) =>
  requests.splice(0).map(({ method, path, headers: { host: _host, ...headers }, body }) => ({
    method,
    path,
    headers,
    body
  }))

/** The program without a log, and with one: equal is what it prints, its end, and its requests. */
async function compare(answers: readonly Answer[], file: string, ...args: readonly string[]) {
  await using server = await fakeServer(...answers)
  const control = { ended: await run(server, 'none', ...args), requests: requestsOf(server) }
  server.answer(...answers)
  const audited = { ended: await run(server, file, ...args), requests: requestsOf(server) }
  expect(audited).toEqual(control)
  return audited.ended
}

async function callsIn(file: string) {
  await using reader = await openReader(file)
  const { items } = await reader.query({}, { limit: 1000 })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  const report = await reader.verify()
  expect([report.flaw, report.lostRecords]).toEqual([undefined, 0])
  return calls.flatMap((call) => call ?? []).reverse()
}

describe('openai 7: processes and stores, against the unwrapped client', () => {
  test('process.exit right after a call', async () => {
    const file = freshFile()
    expect(await compare([plain], file, '1', 'exit')).toMatchObject({ code: 3, stderr: '' })
    ended('complete', 'yes')(await callsIn(file))
  })

  test('killed in mid-stream, and started again', async () => {
    const file = freshFile()
    const killed = await compare([hanging], file, '1', 'kill')
    expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' })
    await compare([plain], file, '1', 'return')
    const calls = await callsIn(file)
    expect(calls.map(({ stage, record }) => [stage, record.outcome?.by])).toEqual([
      ['abandoned', 'crash'],
      ['complete', undefined]
    ])
    expect(calls.map(({ contents }) => contents.input)).toEqual([params.messages, params.messages])
  })

  test('two processes on one store', async () => {
    const file = freshFile()
    await Promise.all([1, 2].map(() => compare([plain], file, '25', 'return')))
    const calls = await callsIn(file)
    expect(calls.map(({ stage }) => stage)).toEqual(Array(50).fill('complete'))
    expect(new Set(calls.map(({ record }) => record.host?.instance)).size).toBe(2)
  })

  test('the store is down for longer than a client tries again, and comes back', async () => {
    await using server = await fakeServer({ status: 500, chunks: ['no'] }, plain)
    const journal = memoryJournal()
    let isDown = true
    const append = (pending: readonly PendingRecord[]) =>
      isDown ? Promise.reject(new Error('the disk is away')) : journal.append(pending)
    const problems: unknown[] = []
    const log = createAuditLog({
      journal: { ...journal, append },
      platform: nodePlatform(),
      onProblem: (problem) => problems.push(problem)
    })
    const client = new OpenAI({ baseURL: server.url, apiKey: 'k', maxRetries: 1 })
    const control = await client.chat.completions.create(params)
    server.answer({ status: 500, headers: { 'retry-after-ms': '300' }, chunks: ['no'] }, plain)
    expect(await wrapOpenAI(client, log).chat.completions.create(params)).toEqual(control)
    expect(problems.length).toBeGreaterThan(0)
    isDown = false
    await log.close()
    const calls = callsOf(journal.records)
    ended('complete', 'yes')(calls)
    expect(calls[0]?.record.attempts).toHaveLength(2)
  })

  test('a framework and the client below it, both wrapped: one record', async () => {
    await using server = await fakeServer(plain)
    const client = new OpenAI({ baseURL: server.url, apiKey: 'k' })
    const control = await client.chat.completions.create(params)
    const { log, calls } = memoryLog()
    const audited = wrapOpenAI(client, log)
    expect(await asFramework(log, () => audited.chat.completions.create(params))).toEqual(control)
    ended('complete', 'yes')(await calls())
    expect((await calls())[0]?.record.call?.protocol).toBe('openai.chat')
  })
})

/** What hooks of frameworks do around a call of a model. */
async function asFramework<T>(log: AuditLog, ask: () => PromiseLike<T>): Promise<T> {
  const call = log.open({ operation: 'chat', provider: 'openai', model: 'm' }, { yields: true })
  const answer = await call.run(ask)
  call.complete({ output: answer })
  return answer
}
