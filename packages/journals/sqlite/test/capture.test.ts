import { type Protocol, wrapFetch } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { threadChat } from './programs/thread-chat.ts'
import { freshFile, openLog, runProgram, stagesIn } from './support.ts'

const URL_OF_CHAT = 'http://canned:81/chat'
const json = { 'content-type': 'application/json', 'x-request-id': 'r-1' }
const lines = ['a', 'ü', '😀', 'd'].map((text) => `data: ${JSON.stringify({ text })}\n\n`)

const answers: { readonly [name: string]: () => Response } = {
  plain: () =>
    new Response(JSON.stringify({ text: 'ä' }), { headers: { ...json, 'x-count': '3' } }),
  stream: () =>
    new Response(inPieces(lines.join('')), { headers: { 'content-type': 'text/event-stream' } }),
  tool: () => new Response(JSON.stringify({ tool: 'look_up' }), { headers: json }),
  error: () =>
    new Response('{"error":{"type":"busy","message":"later"}}', { status: 503, headers: json }),
  rubbish: () => new Response('{"text":', { headers: json }),
  empty: () => new Response(null, { status: 204 }),
  bytes: () => new Response(Uint8Array.of(1, 2, 255), { headers: { 'content-type': 'audio/wav' } })
}

/** A body whose chunks cut characters apart and share one buffer. */
function inPieces(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + 7))
      at += 7
      if (at >= bytes.length) controller.close()
    }
  })
}

const bodies: { readonly [name: string]: string | Uint8Array } = {
  plain: JSON.stringify({ input: 'Grüße', temperature: 0.5 }),
  bytes: new TextEncoder().encode('{"input":"bytes"}'),
  unreadable: JSON.stringify({ unreadable: true }),
  'no JSON': 'plain text'
}

/** Makes every call, some of them ended early, and reads what was recorded of them. */
async function recordedBy(protocol: Protocol) {
  const file = freshFile()
  const { log, problems } = await openLog({ file }, { service: 's' })
  const respond = async (_url: unknown, init?: RequestInit) => {
    const name = String(new Headers(init?.headers).get('x-answer'))
    return answers[name]?.() ?? new Response()
  }
  const fetch = wrapFetch(log, [protocol], respond)
  const call = (body: RequestInit['body'], answer: string) =>
    fetch(URL_OF_CHAT, {
      method: 'POST',
      ...(body != null && { body }),
      headers: { 'x-answer': answer, 'user-agent': 'Test/JS 1.2.3' }
    })
  await (await call('{}', 'plain')).text()
  await log.flush()
  for (const answer of Object.keys(answers)) {
    if (answer !== 'tool') await (await call('{}', answer)).arrayBuffer()
  }
  for (const body of Object.values(bodies)) await (await call(body as string, 'plain')).json()
  await call(new Blob(['{"input":"blob"}']), 'plain').then((response) => response.text())
  const form = new FormData()
  form.append('input', new File(['a file'], 'a.txt'))
  await call(form, 'plain').then((response) => response.text())
  await (await call('{"input":"cancelled"}', 'stream')).body?.cancel()
  await log.withContext({ user: 'u', tags: { tier: 'gold' } }, async () => {
    const context = await call('{"input":"context"}', 'plain')
    await context.text()
  })
  await (await call('{"input":"tool"}', 'tool')).text()
  log.tool('look_up', () => 'found', { toolCallId: 't-1' })
  const open = await call('{"input":"open"}', 'stream')
  expect(open.ok).toBe(true)
  await log.close()
  await using reader = await openReader(file)
  expect(await reader.verify()).toMatchObject({ openCalls: 0 })
  const { items } = await reader.query({ kind: 'call' }, { limit: 100 })
  const found = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  const calls = found.filter((each) => each !== undefined).reverse()
  const [run] = (await reader.query({ kind: 'tool' })).items
  const asker = (await reader.get(run?.auditId ?? ''))?.record.parent
  const parent = calls.find(({ record }) => record.auditId === asker)?.contents.input
  return { calls, problems, tool: { parent } }
}

/** A call without what differs from run to run. */
function stable({ record, contents }: AuditedCall) {
  const { auditId, at, host, log, system, timing, context, response, ...rest } = record
  const names = Object.keys(log.contents)
  const { conversation: _conversation, ...around } = context ?? {}
  const { details: _details, ...answered } = response ?? {}
  const times = Object.keys(timing ?? {})
  const service = { pid: host?.pid, chunks: timing?.chunks }
  return { ...rest, ...service, names, times, around, answered, contents }
}

describe('calls on the wire', () => {
  test('are read alike, whether a worker can import their protocol or not', async () => {
    const there = await recordedBy(threadChat)
    const here = await recordedBy({ ...threadChat })
    expect(there.problems).toEqual([])
    // A request that is read bit by bit is recorded when it is whole.
    const inOrder = (calls: readonly AuditedCall[]) =>
      calls.map(stable).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    expect(inOrder(there.calls)).toEqual(inOrder(here.calls))
    // Headers that the protocol names go along.
    const last = there.calls.findLast(
      ({ contents }) => JSON.stringify(contents.settings) === '{"x-answer":"plain"}'
    )
    expect(last?.record.response?.fingerprint).toBe('3')
    expect(there.tool).toEqual({ parent: 'tool' })
    expect(here.tool).toEqual({ parent: 'tool' })
  })

  test("are read in the caller's thread where the protocol cannot be imported", async () => {
    const lost: Protocol<{ text: string }> = {
      ...threadChat,
      workerModule: {
        isExported: (protocol) => protocol === lost,
        url: () => new URL('./no-such-module.ts', import.meta.url).href
      }
    }
    const { calls, problems } = await recordedBy(lost)
    expect(problems).toEqual([])
    expect(calls.length).toBe(17)
  })

  test('are stored at an exit that follows at once', async () => {
    const file = freshFile()
    const { code, output } = await runProgram('wire-calls', file, '300')
    expect([code, output]).toEqual([0, ''])
    expect(await stagesIn(file)).toEqual({ complete: 301 })
  })
})
