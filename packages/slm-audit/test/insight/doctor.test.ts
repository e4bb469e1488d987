import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../../src/base/finding.ts'
import { checkClients } from '../../src/doctor/check-clients.ts'
import { roomFinding } from '../../src/doctor/check-disk.ts'
import { checkLog } from '../../src/doctor/check-log.ts'
import { renderFindings } from '../../src/render/findings.ts'
import type { Style, Terminal } from '../../src/terminal.ts'
import { cli, cliOf } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'audit.db')
const terminal = {
  width: 80,
  isInteractive: false,
  clock: 'utc',
  style: (_: Style, text: string) => text
} as Terminal
const asked = { terminal, isDatabase: true, of: (words: string) => `slm-audit ${words}` }

beforeAll(async () => {
  const log = await createAuditLog({ file })
  await log.record({ operation: 'chat', provider: 'test', input: 'Hi' }, async () => 'Hello.')
  await log.close()
})

async function findings(...args: string[]) {
  const { out } = await cli('doctor', '--jsonl', '--file', file, ...args)
  const all = out.split('\n').map((line) => JSON.parse(line))
  return new Map(all.map((finding) => [finding.check, finding]))
}

describe('slm-audit doctor', () => {
  test('says of each check what is so, and what to do next', async () => {
    const found = await findings()
    expect(found.get('log').says).toMatch(/^\d+ records, the newest call at \d\d \w{3} 20/)
    expect(found.get('open calls').state).toBe('ok')
    expect(found.get('gaps').state).toBe('ok')
    expect(found.get('permissions').state).toBe('ok')
    expect(found.get('key')).toMatchObject({ state: 'attention', next: expect.any(String) })
    expect(found.get('outside')).toMatchObject({ state: 'attention' })
    for (const { state, next } of found.values()) expect(next === undefined).toBe(state === 'ok')
  })

  test('sees an index that is gone and files that others can read', async () => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}-index${suffix}`, { force: true })
    chmodSync(file, 0o644)
    const found = await findings()
    expect(found.get('index')).toMatchObject({
      state: 'attention',
      command: `slm-audit reindex --file ${file}`
    })
    expect(found.get('permissions').command).toBe(`chmod 600 ${file}`)
    chmodSync(file, 0o600)
    const keys = join(folder, 'contents.keys')
    writeFileSync(keys, `${'ab'.repeat(32)}\n`)
    chmodSync(keys, 0o640)
    const given = await findings('--contents-keys', keys)
    expect(given.get('permissions').command).toBe(`chmod 600 ${keys}`)
  })

  test.each([
    ['a tenth of', { bavail: 25_600 }, 'ok', '100 MiB are free, 10%'],
    ['little of', { bavail: 12_000 }, 'attention', '47 MiB are free, 4%'],
    ['hardly any', { bavail: 200 }, 'failing', '800 KiB are free, 0%'],
    ['no', { bavail: 0, ffree: 0 }, 'failing', '0.0 KiB are free, 0%'],
    ['no file more, and most', { ffree: 9 }, 'failing', 'room for 9 more files is free, 0%'],
    ['no count of files, and most', { files: 0, ffree: 0 }, 'ok', '938 MiB are free, 93%']
  ])('sees a disk with %s room', (_, figures, state, says) => {
    // Of 1,000 MiB, as statfs counts them.
    const disk = { bsize: 4096, blocks: 256_000, bavail: 240_000, files: 65_536, ffree: 60_000 }
    const found = roomFinding({ ...disk, ...figures })
    expect(found).toMatchObject({ check: 'disk', state, says })
    expect(found.next).toEqual(state === 'ok' ? undefined : expect.stringMatching(/^make room/))
  })

  test('sees clients outside of what their adapters are tested with', () => {
    const application = mkdtempSync(join(tmpdir(), 'slm-audit-application-'))
    const install = (name: string, manifest: object) => {
      const at = join(application, 'node_modules', name)
      mkdirSync(at, { recursive: true })
      writeFileSync(join(at, 'package.json'), JSON.stringify({ name, ...manifest }))
    }
    const inside = join(application, 'src')
    mkdirSync(inside)
    expect(checkClients(inside, asked).state).toBe('ok')
    install('@slm-audit/openai', {
      version: '0.1.0',
      peerDependencies: { openai: '>=4.87 <8', '@slm-audit/core': '^0.1.0', absent: '1' }
    })
    install('openai', { version: '7.1.0-beta.1' })
    expect(checkClients(inside, asked)).toEqual({
      check: 'clients',
      state: 'ok',
      says: 'openai 7.1.0-beta.1: versions that are tested'
    })
    install('openai', { version: '9.0.1' })
    expect(checkClients(inside, asked)).toMatchObject({
      state: 'attention',
      says: 'openai 9.0.1 is outside of what @slm-audit/openai is tested with (>=4.87 <8)',
      command: 'npm update @slm-audit/openai'
    })
    install('openai', { version: '4.80.0' })
    expect(checkClients(inside, asked)).toMatchObject({
      state: 'attention',
      says: 'openai 4.80.0 is outside of what @slm-audit/openai is tested with (>=4.87 <8)',
      command: "npm install 'openai@>=4.87 <8'"
    })
    writeFileSync(join(application, 'node_modules/openai/package.json'), '{"version": 9}')
    expect(checkClients(inside, asked).state).toBe('ok')
  })

  test('what is said stands in one column, whatever exporters are called', () => {
    const found = [ok('log', 'SAYS so'), ok('exporter warehouse', 'SAYS more')]
    const lines = renderFindings(found, terminal).split('\n').slice(1)
    expect(lines.map((line) => line.indexOf('SAYS'))).toEqual([21, 21])
  })

  test.each([60, 100])('fits %i columns, and --strict ends with 3', async (width) => {
    const { code, out } = await cliOf(width)('doctor', '--strict', '--file', file)
    expect(code).toBe(3)
    expect(out.split('\n')[0]).toMatch(/^\d+ of \d+ checks need attention$/)
    expect(out).toContain('! key ')
    const words = out.split('\n').filter((line) => !line.includes(folder))
    for (const line of words) expect(line.length).toBeLessThanOrEqual(width)
    expect((await cli('doctor', '--file', file)).code).toBe(0)
  })

  test('sees what is going wrong: calls without end, gaps, exporters, the clock', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString()
    const exporter = { name: 'siem', lag: 5, failures: 0, setAside: [] }
    const reader = {
      query: async () => ({ items: [{ receivedAt: at }], cursor: 'more' }),
      get: async () => ({ record: { event: { records: 3 } } }),
      checkpoint: async () => undefined,
      exporters: async () => [
        { ...exporter, failures: 3 },
        { ...exporter, setAside: [{ index: 2 }] },
        { ...exporter, lag: 1e6 },
        exporter
      ]
    }
    const found = await checkLog(reader as never, 10, asked)
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ...[
        ['clock', 'attention'],
        ['open calls', 'attention'],
        ['gaps', 'attention']
      ],
      ...[
        ['signature', 'attention'],
        ['outside', 'attention'],
        ['exporter siem', 'failing']
      ],
      ...[
        ['exporter siem', 'attention'],
        ['exporter siem', 'attention'],
        ['exporter siem', 'ok']
      ]
    ])
  })
})
