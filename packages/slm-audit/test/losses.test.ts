import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pendingEvent } from '@slm-audit/core/journal'
import { sqliteJournal } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { cliOf } from './run.ts'

test('what was lost is shown with its number and time by list, show and verify', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
  const journal = await sqliteJournal({ file })
  const gap = (records: number, hour: string) =>
    pendingEvent('gap', {
      records,
      since: `2026-03-01T${hour}:00:00.000Z`,
      until: `2026-03-01T${hour}:00:07.500Z`
    })
  // The last one is what an exporter was not given, which is in the log.
  const ofExporter = pendingEvent('gap', { exporter: 'otlp', from: 3, records: 1_000 })
  const pending = [gap(1_200, '10'), gap(34, '09'), ofExporter]
  await journal.append(pending)
  await journal[Symbol.asyncDispose]()
  const cli = cliOf(200)
  const lost = /between 01 Mar 2026 09:00:00.000 UTC and 01 Mar 2026 10:00:07.500 UTC/
  const list = await cli('list', '--utc', '--file', file)
  expect(list.error).toMatch(/^1,234 records were lost/)
  expect(list.error).toMatch(lost)
  const verify = await cli('verify', '--utc', '--file', file)
  expect(verify.code).toBe(0)
  expect(verify.out).toMatch(/1,?234 records lost and counted/)
  expect(verify.out).toMatch(lost)
  const show = await cli('show', pending[0]?.record.auditId ?? '', '--utc', '--file', file)
  expect(show.out).toMatch(/1,?200/)
  expect(show.out).toContain('2026-03-01T10:00:07.500Z')
})
