import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pendingEvent } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'
import { fileJournal } from '@slm-audit/file'
import { sqliteJournal } from '@slm-audit/sqlite'
import { createAuditLog, defineExporter } from 'slm-audit'
import { describe, expect, test } from 'vitest'
import { checkLog } from '../../src/doctor/check-log.ts'
import type { Terminal } from '../../src/terminal.ts'
import { cli } from '../run.ts'

const request = { operation: 'chat', provider: 'test', input: 'Hi' }

/** A folder whose name a shell takes apart unless it is quoted. */
function oddFolder(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), "Ann's log")
  mkdirSync(folder)
  return folder
}

async function finding(check: string, ...args: string[]) {
  const { out } = await cli('doctor', '--json', '--utc', ...args)
  const found: { check: string; state: string; says: string; next?: string; command?: string }[] =
    JSON.parse(out).filter((each: { check: string }) => each.check === check)
  expect(found).toHaveLength(1)
  return { state: '', says: '', ...found[0] }
}

/** The arguments that a shell makes of a command. */
function wordsOf(command = ''): string[] {
  const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
  return printed.trimEnd().split('\n')
}

async function type(command: string | undefined) {
  const [program, ...args] = wordsOf(command)
  expect(program).toBe('slm-audit')
  return await cli(...args)
}

describe('what slm-audit doctor says to type does it', () => {
  test('files that others can read, in a folder with an odd name', async () => {
    const file = join(oddFolder(), 'audit.db')
    const log = await createAuditLog({ file })
    await log.record(request, async () => 'Hello.')
    await log.close()
    chmodSync(file, 0o644)
    chmodSync(`${file}.key`, 0o640)
    const found = await finding('permissions', '--file', file)
    expect(found.state).toBe('attention')
    execFileSync('sh', ['-c', found.command ?? ''])
    expect((await finding('permissions', '--file', file)).state).toBe('ok')
    // A command is whole, however long its line is, and a terminal lets it be copied.
    const screen = await cli('doctor', '--file', file)
    expect(screen.out).not.toContain('chmod')
    chmodSync(file, 0o644)
    const shown = (await cli('doctor', '--file', file)).out.split('\n')
    expect(shown).toContainEqual(expect.stringMatching(/^ +chmod 600 '.*audit\.db'$/))
  })

  test('a directory that others can look into is closed by one command', async () => {
    const directory = join(oddFolder(), 'log')
    const journal = await fileJournal({ directory })
    const log = await createAuditLog({ journal })
    await log.record(request, async () => 'Hello.')
    await log.close()
    execFileSync('chmod', ['-R', 'go+rX', directory])
    const found = await finding('permissions', '--file', directory)
    expect(found.says).toBe(`others of this machine can read ${directory}`)
    execFileSync('sh', ['-c', found.command ?? ''])
    expect((await finding('permissions', '--file', directory)).state).toBe('ok')
  })

  test('records that were lost are counted as list counts them, those of an exporter are not', async () => {
    const file = join(oddFolder(), 'audit.db')
    const journal = await sqliteJournal({ file })
    await journal.append([pendingEvent('gap', { exporter: 'siem', from: 3, records: 1_000 })])
    expect(await finding('gaps', '--file', file)).toMatchObject({ state: 'ok' })
    const times = { since: '2026-03-01T10:00:00.000Z', until: '2026-03-01T10:00:07.500Z' }
    await journal.append([pendingEvent('gap', { records: 1, ...times })])
    const one = await finding('gaps', '--file', file)
    expect(one.says).toBe(
      '1 record of the last 30 days was lost, between 01 Mar 2026 10:00:00.000 UTC and 01 Mar 2026 10:00:07.500 UTC'
    )
    await journal.append([pendingEvent('gap', { records: 1_200, ...times })])
    const more = await finding('gaps', '--file', file)
    expect(more.says).toMatch(/^1,201 records of the last 30 days were lost, between /)
    const { code, out } = await type(more.command)
    expect(code).toBe(0)
    expect(out.match(/gap/g)?.length).toBeGreaterThanOrEqual(2)
    await journal[Symbol.asyncDispose]()
  })

  test('what was lost long ago is said, and needs nothing any more', async () => {
    const gap = { auditId: 'gap', receivedAt: '2026-03-01T10:00:00.000Z' }
    const reader = {
      query: async (filter: string) => ({ items: filter === 'kind:gap' ? [gap] : [] }),
      get: async () => ({ record: { event: { records: 5 } } }),
      checkpoint: async () => undefined,
      exporters: async () => []
    } as object as Reader
    const terminal = { clock: 'utc' } as Terminal
    const found = await checkLog(reader, 1, { terminal, isDatabase: true, of: (words) => words })
    expect(found).toContainEqual({
      check: 'gaps',
      state: 'ok',
      says: 'no record was lost in the last 30 days, the last time at 01 Mar 2026 10:00:00.000 UTC'
    })
  })

  test('records that an exporter refused are given to it again', async () => {
    const file = join(oddFolder(), 'audit.db')
    let refuses = true
    const picky = defineExporter({
      name: 'picky',
      export: (batch) =>
        refuses && batch.some(({ index }) => index === 2)
          ? { status: 'rejected', error: 'no twos' }
          : { status: 'stored' }
    })
    const open = async () => {
      const log = await createAuditLog({ file, exporters: [picky], onProblem: () => {} })
      await log.record(request, async () => 'Hello.')
      await log.close()
    }
    await open()
    const found = await finding('exporter picky', '--file', file)
    expect(found).toMatchObject({ state: 'attention', says: 'it refused 1 record' })
    refuses = false
    expect((await type(found.command)).out).toContain('1 of them set aside before')
    await open()
    expect(await finding('exporter picky', '--file', file)).toMatchObject({ state: 'ok' })
  })

  test('a log whose key was changed, which signs twice itself, is signed by nobody else', async () => {
    const file = join(oddFolder(), 'audit.db')
    const open = async () => {
      const log = await createAuditLog({ file })
      await log.record(request, async () => 'Hello.')
      await log.close()
    }
    await open()
    expect((await cli('key', 'rotate', '--file', file)).code).toBe(0)
    expect((await finding('outside', '--file', file)).state).toBe('attention')
    await open()
    expect((await finding('outside', '--file', file)).state).toBe('attention')
  })
})
