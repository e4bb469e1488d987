import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { getRequestListener } from '@hono/node-server'
import { AuditError } from '@slm-audit/core'
import { annotateCalls, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { auditViewer, serveViewer } from '@slm-audit/viewer'

import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCorpus } from '../../../bench/corpus/write-corpus.ts'
import { ask, someLog } from './some-log.ts'

const opened = await someLog()
afterAll(async () => {
  await opened.log.close()
  await opened.reader[Symbol.asyncDispose]()
})

const HERE = { 'sec-fetch-site': 'same-origin' }

function asked(path: string, init: RequestInit = {}, options = {}) {
  const viewer = auditViewer(opened.reader, options)
  return viewer(new Request(`http://127.0.0.1:80${path}`, { headers: HERE, ...init }))
}

describe('the viewer as a handler', () => {
  test('lists calls by the filter language', async () => {
    const all = await (await asked('/api/calls?q=')).json()
    expect(all.items.length).toBe(4)
    const errors = await (await asked('/api/calls?q=stage:error')).json()
    expect(errors.items).toMatchObject([{ stage: 'error', errorType: 'TypeError' }])
  })

  test('says where a filter is wrong, and what was probably meant', async () => {
    const response = await asked(`/api/calls?q=${encodeURIComponent('user:u-7 modle:x')}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'bad_query', from: 9, nearest: 'model' })
  })

  test('gives one call, its proofs, its contents as text, and the log', async () => {
    const { items } = await (await asked('/api/calls?q=session:S-42')).json()
    const [{ index }] = items
    const call = await (await asked(`/api/call?id=${index}`)).json()
    expect(call).toMatchObject({ stage: 'complete', neighbours: { place: 2 } })
    expect(call.contents.output.content).toMatch(/script/)
    const text = await asked(`/api/content?id=${index}&name=output`)
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text.headers.get('content-security-policy')).toMatch(/sandbox/)
    await expect
      .poll(async () => (await (await asked(`/api/proof?id=${index}`)).json())?.records.length)
      .toBe(2)
    expect(await (await asked('/api/log')).json()).toMatchObject({ exporters: [] })
    expect((await asked('/api/call?id=99999')).status).toBe(404)
  })

  test('says without an error that no checkpoint covers a call yet', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-viewer-')), 'audit.db')
    writeCorpus(file, { calls: 3, until: Date.now(), seed: 1 })
    await using reader = await openReader(file)
    const viewer = auditViewer(reader)
    const response = await viewer(new Request('http://127.0.0.1/api/proof?id=1', { headers: HERE }))
    expect(response.status).toBe(200)
    expect(await response.json()).toBeNull()
  })

  test('says of a damaged tree that it is, not that nothing is signed yet', async () => {
    const damaged = await someLog()
    await damaged.log.close()
    const database = new DatabaseSync(damaged.file)
    database.exec(`DROP TRIGGER tiles_only_grow; UPDATE tiles SET hashes = x''`)
    database.close()
    const viewer = auditViewer(damaged.reader)
    const response = await viewer(new Request('http://127.0.0.1/api/proof?id=1', { headers: HERE }))
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'bad_proof' })
    await damaged.reader[Symbol.asyncDispose]()
  })

  test('verifies everything, only for its own page', async () => {
    const response = await asked('/api/verify', { method: 'POST' })
    const lines = (await response.text()).trim().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ result: { unexplained: 0 } })
    expect((await asked('/api/verify')).status).toBe(405)
    expect((await asked('/api/verify', { method: 'POST', headers: {} })).status).toBe(403)
  })

  test('completes what is typed, and counts values over the whole log', async () => {
    const typed = await (
      await asked(`/api/complete?text=${encodeURIComponent('stage:err')}`)
    ).json()
    expect(typed).toMatchObject({ from: 6, items: [{ text: 'error' }] })
    const facets = await (await asked('/api/facets?field=stage&field=user&field=session')).json()
    expect(facets).toMatchObject({
      stage: expect.arrayContaining([{ value: 'error', calls: 1 }]),
      user: [{ value: 'u-7', calls: 3 }],
      session: []
    })
  })

  test('tells the calls of a filter over time, in bars of a length that people count in', async () => {
    const all = await (await asked('/api/histogram?q=')).json()
    expect(all).toMatchObject({ calls: 3 })
    expect(all.from).toBeLessThanOrEqual(Date.now())
    const since = new Date(Date.now() - 600_000).toISOString()
    const q = encodeURIComponent(`stage:error since:${since}`)
    const narrow = await (await asked(`/api/histogram?q=${q}`)).json()
    expect(narrow).toMatchObject({ calls: 1, from: Date.parse(since), everyMs: 5_000 })
    expect(narrow.bars).toMatchObject([{ calls: 1, errors: 1 }])
    const within = await (await asked('/api/facets-within?q=model:qwen*')).json()
    expect(within).toMatchObject({
      calls: 3,
      hasMore: false,
      fields: {
        model: [{ value: 'qwen3:4b', calls: 3 }],
        user: [{ value: 'u-7', calls: 2 }],
        stage: [
          { value: 'complete', calls: 2 },
          { value: 'error', calls: 1 }
        ],
        error: [{ value: 'TypeError', calls: 1 }]
      }
    })
    const series = await (await asked('/api/series?q=')).json()
    expect(series.rows[0]).toMatchObject({ errors: 1, durationMs: { p50: expect.any(Number) } })
  })

  test('lists sessions, and shows one', async () => {
    const { items } = await (await asked('/api/sessions?q=user:u-7')).json()
    expect(items).toMatchObject([{ session: 'S-42', stepCount: 3 }])
    const session = await (await asked('/api/session?id=S-42')).json()
    expect(session.runs[0].steps).toHaveLength(3)
    expect((await asked('/api/session?id=nobody')).status).toBe(404)
  })

  test('compares two sides, for its own page', async () => {
    const sides = 'first=version:1&second=version:2'
    const response = await asked(`/api/compare?${sides}`, { method: 'POST' })
    expect(JSON.parse((await response.text()).trim())).toMatchObject({ result: { pairs: 0 } })
    expect((await asked(`/api/compare?${sides}`)).status).toBe(405)
  })

  test('says something about a call, where whoever serves it stores that', async () => {
    const said: unknown[] = []
    const annotate = (auditId: string, annotation: unknown) => void said.push([auditId, annotation])
    const { items } = await (await asked('/api/calls?q=stage:error')).json()
    const { auditId, index } = items[0]
    const say = (body: string, options = {}, headers: HeadersInit = HERE) =>
      asked(`/api/annotate?id=${index}`, { method: 'POST', body, headers }, options)
    expect((await say('{"note":"wrong price"}')).status).toBe(405)
    expect((await say('{"note":"wrong price"}', { annotate })).status).toBe(200)
    expect((await say('no JSON', { annotate })).status).toBe(400)
    expect((await say('{}', { annotate }, {})).status).toBe(403)
    const long = await say(JSON.stringify({ note: 'x'.repeat(65_536) }), { annotate })
    expect(await long.json()).toMatchObject({ problem: expect.stringContaining('65536') })
    const failing = () => Promise.reject(undefined)
    expect((await say('{"note":"x"}', { annotate: failing })).status).toBe(503)
    expect(said).toEqual([[auditId, { note: 'wrong price' }]])
  })

  test('knows no place in its session of what is no call there', async () => {
    const { items } = await (await asked('/api/calls?q=session:S-42')).json()
    await annotateCalls(opened.file, { calls: [items[0].auditId], annotation: { note: 'fine' } })
    const said = async () =>
      (await (await asked('/api/calls?q=kind:annotation')).json()).items.length
    await expect.poll(said).toBe(1)
    const found = await (await asked('/api/calls?q=kind:annotation')).json()
    const note = await (await asked(`/api/call?id=${found.items[0].index}`)).json()
    expect(note.record.context).toMatchObject({ session: 'S-42' })
    expect(note).not.toHaveProperty('neighbours')
  })

  test('does not take a log that cannot be read for one without values', async () => {
    const broken = {
      ...opened.reader,
      facets: () => Promise.reject(new AuditError('journal_unavailable', 'the disk is gone'))
    }
    const viewer = auditViewer(broken as never)
    const response = await viewer(
      new Request('http://127.0.0.1:80/api/facets?field=kind', { headers: HERE })
    )
    expect(response.status).toBe(503)
  })

  test('hands out a proof as files, as slm-audit prove writes them', async () => {
    const { items } = await (await asked('/api/calls?q=stage:error')).json()
    const file = (as: string) => asked(`/api/proof-file?id=${items[0].auditId}&at=1&as=${as}`)
    await expect.poll(async () => (await file('proof')).status).toBe(200)
    const proof = await file('proof')
    expect(proof.headers.get('content-disposition')).toMatch(/^attachment.*error\.tlog-proof"$/)
    expect(await proof.text()).toMatch(/^c2sp.org\/tlog-proof/)
    expect(await (await file('record')).json()).toMatchObject({ auditId: items[0].auditId })
  })

  test('serves its page below a base, with a policy that lets nothing else load', async () => {
    const page = await asked('/audit/calls', {}, { base: '/audit' })
    expect(await page.text()).toMatch(/src="\/audit\/app.js"/)
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*trusted-types/)
    expect((await asked('/other', {}, { base: '/audit' })).status).toBe(404)
    expect((await asked('/missing.js')).status).toBe(404)
  })

  test.each([
    ['another name for this machine', { host: 'evil.example' }],
    ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }]
  ])('refuses %s', async (_, headers) => {
    const handler = auditViewer(opened.reader, { hosts: ['127.0.0.1:80'] })
    const response = await handler(new Request('http://127.0.0.1:80/api/log', { headers }))
    expect(response.status).toBe(403)
  })
})

test('tells that an empty log has its first call', { timeout: 60_000 }, async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-viewer-')), 'audit.db')
  const { log } = await collectingLog(await sqliteJournal({ file }), {})
  await log.flush()
  await using reader = await openReader(file)
  const ended = new AbortController()
  const init = { headers: HERE, signal: ended.signal }
  const viewer = auditViewer(reader)
  const live = await viewer(new Request('http://127.0.0.1:80/api/live', init))
  const events = live.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await events?.read())?.value).toMatch(/event: changed/)
  await ask(log, 'the first question', 'an answer')
  await log.flush()
  expect((await events?.read())?.value).toMatch(/event: changed/)
  const calls = await viewer(new Request('http://127.0.0.1:80/api/calls?q=', { headers: HERE }))
  expect((await calls.json()).items).toMatchObject([{ question: 'the first question' }])
  ended.abort()
  await log.close()
})

test('is mounted in Hono, and in servers that take listeners', async () => {
  const viewer = auditViewer(opened.reader, { base: '/audit' })
  const app = new Hono()
  app.get('/', (context) => context.text('mine'))
  app.all('/audit/*', (context) => viewer(context.req.raw))
  expect(await (await app.request('/')).text()).toBe('mine')
  expect((await (await app.request('/audit/api/calls?q=')).json()).items).toHaveLength(4)

  const server = createServer(getRequestListener(viewer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  expect(await (await at('/audit/calls')).text()).toMatch(/audit\/app.js/)
  expect((await at('/audit/app.js')).headers.get('content-type')).toMatch(/javascript/)
  const verified = await at('/audit/api/verify', { method: 'POST', headers: HERE })
  expect(await verified.text()).toMatch(/"result"/)
  server.close()
})

describe('the viewer on loopback', () => {
  let url = ''
  let viewer: Awaited<ReturnType<typeof serveViewer>>
  beforeAll(async () => {
    viewer = await serveViewer(opened.reader)
    url = viewer.url
  })
  afterAll(() => viewer[Symbol.asyncDispose]())

  test('takes its token once, and then a cookie', async () => {
    const { origin } = new URL(url)
    expect((await fetch(`${origin}/api/log`)).status).toBe(401)
    expect((await fetch(`${origin}/?token=wrong`, { redirect: 'manual' })).status).toBe(401)
    const entered = await fetch(url, { redirect: 'manual' })
    expect(entered.status).toBe(303)
    expect(entered.headers.get('location')).toBe('/')
    const cookie = entered.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await fetch(`${origin}/api/log`, { headers })).status).toBe(200)
  })

  test('keeps its cookie apart from that of a viewer on another port', async () => {
    await using other = await serveViewer(opened.reader)
    const cookies = await Promise.all(
      [url, other.url].map(async (each) => {
        const entered = await fetch(each, { redirect: 'manual' })
        return (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
      })
    )
    const headers = { cookie: cookies.join('; ') }
    for (const each of [url, other.url]) {
      expect((await fetch(new URL('/api/log', each), { headers })).status).toBe(200)
    }
  })

  test('says which port it cannot have', async () => {
    const port = Number(new URL(url).port)
    await expect(serveViewer(opened.reader, { port })).rejects.toThrow(`port ${port}`)
  })
})
