import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContentsView, Reader } from '@slm-audit/core/reader'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { auditViewer } from '@slm-audit/viewer'
import { beforeAll, describe, expect, test } from 'vitest'

const HERE = { 'sec-fetch-site': 'same-origin' }
const MAIL = 'bob@example.com'
/** Addresses that give contents, or lists of calls with parts of them, and what the log then says of it. */
const GIVING: readonly {
  readonly action: string
  readonly path: string
  readonly method?: 'POST'
}[] = [
  { action: 'list', path: '/api/calls?q=user:u-7' },
  { action: 'search', path: '/api/calls?q=refund' },
  { action: 'show', path: '/api/call?id=1' },
  { action: 'show', path: '/api/content?id=3&name=input' },
  { action: 'show', path: '/api/media?id=5&name=output' },
  { action: 'list', path: '/api/sessions?q=' },
  { action: 'session', path: '/api/session?id=S-42' },
  { action: 'compare', path: '/api/compare?first=model:a&second=model:b', method: 'POST' },
  { action: 'prove', path: '/api/proof?id=1' },
  { action: 'prove', path: '/api/proof-file?id=1&at=0&as=record' },
  { action: 'verify', path: '/api/verify', method: 'POST' }
]
/** Addresses that show no contents: figures, names of values, keys, sizes. */
const SILENT = [
  ...['/api/log', '/api/facets?field=model&field=user', '/api/facets-within?q=user:u-7'],
  ...['/api/histogram?q=', '/api/series?q=user:u-7', '/api/figures?q=&by=model'],
  ...['/api/complete?text=mod', '/calls', '/icon.svg', '/api/live']
]

let file = ''
const ended = new AbortController()

function ask(reader: Reader, path: string, method = 'GET'): Promise<Response> {
  const init = { method, headers: HERE, signal: ended.signal }
  return auditViewer(reader)(new Request(`http://127.0.0.1:80${path}`, init))
}

/** What the log says of accesses so far, the newest first. */
async function accesses(): Promise<string[]> {
  await using reader = await openReader(file)
  const { items } = await reader.query('kind:access', { complete: true })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.map((call) => String(call?.record.event?.action))
}

const as = (contents: ContentsView) => openReader(file, { access: { by: 'ann', contents } })

beforeAll(async () => {
  file = join(mkdtempSync(join(tmpdir(), 'slm-audit-viewer-')), 'audit.db')
  const { log } = await collectingLog(await sqliteJournal({ file, readAudit: true }), {})
  await log.withContext({ session: 'S-42', user: 'u-7' }, async () => {
    for (const model of ['a', 'b', 'c']) {
      const asked = { operation: 'chat', provider: 'p', model, input: `refund for ${MAIL}` }
      await log.record(asked, async () => `sent to ${MAIL} by ${model}`)
    }
  })
  await log.close()
})

describe('a viewer over a log that records who reads it', () => {
  test('leaves no record for what shows no contents, however long it is open', async () => {
    await using reader = await as('whole')
    for (const path of SILENT) {
      const { status, body } = await ask(reader, path)
      expect(status, path).toBe(200)
      const lines = body?.getReader()
      await lines?.read()
      await lines?.cancel()
    }
    expect(await accesses()).toEqual([])
  })

  test.each(GIVING)('leaves a record of $action by $path', async ({ action, path, method }) => {
    const before = await accesses()
    await using reader = await as('whole')
    const response = await ask(reader, path, method)
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/\S/)])
    const after = await accesses()
    expect(after.slice(0, after.length - before.length)).toContain(action)
  })

  test.each(['masked', 'none'] as const)(
    'gives no address away where contents are %s',
    async (view) => {
      await using whole = await as('whole')
      const shown: string[] = []
      for (const { path, method } of GIVING)
        shown.push(await (await ask(whole, path, method)).text())
      expect(shown.filter((text) => text.includes(MAIL)).length).toBeGreaterThan(5)
      await using reader = await as(view)
      const silent = SILENT.filter((path) => path !== '/api/live')
      for (const { path, method } of [
        ...GIVING,
        ...silent.map((path) => ({ path, method: undefined }))
      ]) {
        expect(await (await ask(reader, path, method)).text(), path).not.toContain(MAIL)
      }
      const search = await ask(reader, '/api/calls?q=refund')
      expect(search.status).toBe(view === 'none' ? 403 : 200)
    }
  )
})
