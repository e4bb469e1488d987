import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog, defineExporter } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-exporters-'))
const file = join(folder, 'audit.db')

const picky = () =>
  defineExporter({
    name: 'picky',
    export(batch) {
      if (batch.some(({ index }) => index === 2)) return { status: 'rejected', error: 'no twos' }
      return { status: 'stored' }
    }
  })
const broken = () =>
  defineExporter({
    name: 'broken',
    export() {
      throw new Error('connection refused')
    }
  })

beforeAll(async () => {
  await using log = await createAuditLog({
    file,
    // Less than the shortest pause of the broken one, so that nothing waits for it.
    deadlineMs: 40_000,
    onProblem: () => {},
    exporters: [picky(), { exporter: broken(), lastRetryMs: 100_000, firstRetryMs: 100_000 }]
  })
  const request = { operation: 'chat', provider: 'test', model: 'm-1' }
  for (let call = 0; call < 3; call++) await log.record(request, async () => 'answer')
})

describe('slm-audit exporters', () => {
  test('shows who is behind, why, and what was set aside, in 80 columns', async () => {
    const { code, out } = await cli('exporters', '--file', file)
    expect(code).toBe(0)
    expect(out).toMatch(/^exporter +state +behind +delivered +rate +stored \(.+\)\n/)
    expect(out).toMatch(/\nbroken +failing \(\d\) +7 +0 +never\n/)
    expect(out).toMatch(/\npicky +up to date +0 +6 +\d+\/s +\d\d:\d\d:\d\d\n/)
    expect(out).toMatch(/\nbroken: last error [\d:]+: connection refused\n/)
    expect(out).toMatch(/\npicky: 1 set aside\n {2}record 2: no twos$/)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('as JSON has everything', async () => {
    const { out } = await cli('exporters', '--jsonl', '--file', file)
    expect(out.split('\n').map((line) => JSON.parse(line))).toMatchObject([
      {
        name: 'broken',
        lag: 7,
        failures: expect.any(Number),
        lastError: { message: 'connection refused' }
      },
      { name: 'picky', lag: 0, delivered: 6, setAside: [{ index: 2, reason: 'no twos' }] }
    ])
  })

  test('says so when there are none', async () => {
    const empty = join(folder, 'empty.db')
    await (await createAuditLog({ file: empty })).close()
    const { out } = await cli('exporters', '--file', empty)
    expect(out).toBe('No exporter has delivered from this log.')
  })
})

describe('slm-audit replay-export', () => {
  test('moves an exporter back, and says what happens', async () => {
    const { code, out } = await cli('replay-export', 'picky', '--from', '1', '--file', file)
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^picky gets records 1 to 6 again, 1 of them set aside before:/)
    ])
    const status = await cli('exporters', '--file', file)
    expect(status.out).toMatch(/\npicky +behind +6 /)
    const later = await cli('replay-export', 'picky', '--from', '1', '--file', file)
    expect(later.out).toBe('picky is at record 1 already; nothing is delivered again')
    const all = await cli('replay-export', 'picky', '--from', '2001-01-01', '--file', file)
    expect(all.out).toMatch(/^picky gets records 0 to 0 again/)
  })

  test.each([
    [['nobody', '--from', '0'], 2, /no exporter nobody; it knows broken, picky/],
    [['picky', '--from', '99'], 2, /has not delivered record 99 yet.*only goes back/],
    [['picky', '--from', 'soonish'], 2, /--from: cannot read 'soonish' as a time/],
    [['picky'], 2, /replay-export needs --from <index or time>; see/],
    [['picky', '--from', '0', '--file', '/nowhere/audit.db'], 2, /there is no audit log at/]
  ])('%j is explained', async (args, code, message) => {
    const result = await cli('replay-export', ...args.slice(0, 1), '--file', file, ...args.slice(1))
    expect([result.code, result.error]).toEqual([code, expect.stringMatching(message)])
  })
})
