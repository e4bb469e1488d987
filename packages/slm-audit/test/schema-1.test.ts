import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { auditRecordSchema } from '@slm-audit/core/schema'
import { createAuditLog, openReader } from 'slm-audit'
import { describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const fixtures = new URL('fixtures/schema-1/', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))

/** A database that an older version wrote, in a place of its own. */
function oldDatabase(name: string): string {
  const file = join(folder, name)
  writeFileSync(file, gunzipSync(readFileSync(new URL('audit.db.gz', fixtures))))
  copyFileSync(new URL('audit.db.key', fixtures), `${file}.key`)
  chmodSync(`${file}.key`, 0o600)
  return file
}

/** The records of an export. */
function recordsIn(path: string | URL): { readonly [name: string]: unknown }[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

describe('records of schema 1', () => {
  test('are listed, shown, found and verified', async () => {
    const file = oldDatabase('read.db')
    const listed = await cli('list', '--file', file)
    expect(listed.out).toContain('/models/qwen3')
    const { out } = await cli('list', '--jsonl', '--file', file)
    const calls = out.split('\n').map((line) => JSON.parse(line))
    expect(calls.map(({ stage }) => stage)).toEqual(['received', 'error', 'complete'])
    const shown = await cli('show', calls[2].auditId, '--file', file)
    // What older headers hold stays as it was written.
    for (const word of ['alice@example.com', 'It is on its way.', 'refunds']) {
      expect(shown.out).toContain(word)
    }
    expect((await cli('search', 'refund', '--file', file)).out).toContain('qwen3')
    const verified = await cli('verify', '--file', file)
    expect([verified.code, verified.out]).toEqual([
      0,
      expect.stringContaining('7 records verified')
    ])
  })

  test('are exported as they were, imported and verified', async () => {
    const file = oldDatabase('export.db')
    const exported = join(folder, 'export.jsonl')
    await cli('export', '--format', 'jsonl', '--out', exported, '--file', file)
    const before = recordsIn(new URL('records.jsonl', fixtures))
    expect(recordsIn(exported).slice(0, before.length)).toEqual(before)
    const copy = join(folder, 'copy.db')
    const old = new URL('export.jsonl', fixtures).pathname
    const imported = await cli('import', old, '--into', copy)
    expect([imported.code, imported.error]).toEqual([0, ''])
    expect((await cli('verify', '--file', copy)).out).toContain('records verified')
    const log = join(folder, 'log')
    cpSync(new URL('log', fixtures), log, { recursive: true })
    const fromFiles = await cli('import', log, '--into', join(folder, 'from-files.db'))
    expect([fromFiles.code, fromFiles.error]).toEqual([0, ''])
  })

  test('are taken on by a log that writes schema 2; the call left open ends as abandoned', async () => {
    const file = oldDatabase('taken-on.db')
    const log = await createAuditLog({ file })
    log.open({ operation: 'chat', provider: 'openai' }).complete({ output: 'new' })
    await log.close()
    await using reader = await openReader(file)
    expect(await reader.verify()).toMatchObject({ openCalls: 0 })
    const { items } = await reader.query({ stage: 'abandoned' })
    const abandoned = await reader.get(items[0]?.auditId ?? '')
    expect(abandoned?.record).toMatchObject({ schema: 2, call: { settings: { seed: 7 } } })
    expect(JSON.stringify(abandoned?.record)).not.toContain('alice')
    expect(abandoned?.contents.input).toBe('left open')
  })

  test('are what the schema says of both versions', () => {
    const headers = recordsIn(new URL('records.jsonl', fixtures)).map(({ header }) => header)
    expect(headers).toHaveLength(7)
    for (const header of headers) {
      expect(auditRecordSchema.safeParse(header).error?.issues).toBeUndefined()
    }
    // They hold what the newer version refuses.
    const chat = headers.find((header) => JSON.stringify(header).includes('alice'))
    expect(auditRecordSchema.safeParse({ ...(chat as object), schema: 2 }).success).toBe(false)
  })
})
