import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/commands.ts'
import { cli } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-output-')), 'audit.db')
const proofs = mkdtempSync(join(tmpdir(), 'slm-audit-proofs-'))
const HOSTILE = '=cmd|"x"!A1,\r\n"two" \u001b[31m'

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  for (const content of ['first', HOSTILE]) {
    log
      .open({
        operation: 'chat',
        provider: 'test',
        model: 'm-1',
        input: [{ role: 'user', content }]
      })
      .complete({ output: 'yes', usage: { inputTokens: 3, outputTokens: 1 } })
  }
})

describe('what is printed for programs', () => {
  test.each([
    ['list', 2],
    ['list user:nobody', 0],
    ['search first', 1],
    ['sessions', 0],
    ['stats since:1d', 1],
    ['anomalies', 0],
    ['exporters', 0],
    ['doctor', 10],
    ['hold list', 0],
    ['review list', 0],
    ['set list', 0],
    ['key policy', 1],
    [`prove last --out ${proofs}`, 2]
  ])(
    '%s: --json has one document, a list, and --jsonl its values a line each',
    async (words, count) => {
      const asked = [...words.split(' '), '--file', file]
      const { code, out } = await cli(...asked, '--json')
      expect(code).toBe(0)
      const values = JSON.parse(out)
      expect(values.length).toBeGreaterThanOrEqual(count)
      const lines = await cli(...asked, '--jsonl')
      expect(lines.out === '' ? [] : lines.out.split('\n').map((line) => JSON.parse(line))).toEqual(
        values
      )
    }
  )

  test('--csv has a row a value, with members by their path', async () => {
    const { code, out } = await cli('list', '--file', file, '--csv')
    expect(code).toBe(0)
    const [head, ...rows] = out.split('\r\n')
    expect(head).toMatch(/^auditId,index,kind,stage,.*,question,answer,model$/)
    // A text that a spreadsheet would take for a formula has an apostrophe before it.
    expect(rows[0]).toContain(`,"'=cmd|""x""!A1, ""two"" \u001b[31m","yes","m-1"`)
    expect(rows[1]).toContain(',3,1,"first","yes","m-1"')
    const shown = (await cli('show', 'last', '--file', file, '--csv')).out.split('\r\n')
    const column = shown[0]?.split(',').indexOf('record.response.usage.inputTokens')
    expect(column).toBeGreaterThan(0)
    expect((await cli('list', 'user:nobody', '--file', file, '--csv')).out).toBe('')
  })

  test('whatever has --json has --jsonl, and --csv unless it never ends', async () => {
    for (const name of Object.keys(COMMANDS)) {
      const { out } = await cli(name, '--help')
      if (!out.includes('--json ')) continue
      expect(out, name).toContain('--jsonl')
      if (name !== 'tail') expect(out, name).toContain('--csv')
    }
    expect((await cli('tail', '--csv')).error).toMatch(/tail has no option --csv/)
  })

  test.each([
    ['stats --json --csv', /^slm-audit: --json and --csv are different formats; give one of them$/],
    ['list --jsonl --csv', /--jsonl and --csv are/],
    ['show last --json --jsonl', /--json and --jsonl are/],
    ['verify --json --jsonl --csv', /--json and --jsonl and --csv are/],
    ['key policy --json --csv', /--json and --csv are/]
  ])('%s: two formats are refused, as one would go unheard', async (words, says) => {
    const { code, out, error } = await cli(...words.split(' '), '--file', file)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toMatch(says)
  })

  test('what would be no value is no row', async () => {
    for (const form of ['--csv', '--jsonl']) {
      const { code, out, error } = await cli('show', 'last', '--curl', form, '--file', file)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(error).toMatch(`'--curl' cannot be used with option '${form}'`)
    }
  })

  test('an error is no row', async () => {
    const { code, out, error } = await cli('show', '99999', '--file', file, '--csv')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toMatch(/99999/)
  })
})

test('commands that change something tell it as one document, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-output-'))
  const own = join(folder, 'audit.db')
  {
    await using log = await createAuditLog({ file: own })
    await log.record({ operation: 'chat', provider: 'test', input: 'Hi' }, async () => 'Hello.')
  }
  const said = async (...args: string[]) => {
    const { code, out, error } = await cli(...args, '--json')
    expect({ code, error: code === 0 ? '' : error }).toEqual({ code: 0, error: '' })
    return JSON.parse(out)
  }
  const of = ['--file', own]
  const held = ['--incident', 'INC-7', '--reason', 'looked into']
  expect(await said('hold', 'add', 'kind:call', ...held, ...of)).toMatchObject({
    incident: 'INC-7',
    calls: 1
  })
  expect(await said('hold', 'release', 'INC-7', '--reason', 'over', ...of)).toEqual({
    incident: 'INC-7',
    released: 1
  })
  expect(await said('verify', '--index', ...of)).toMatchObject({
    origin: expect.any(String),
    index: { differing: [], words: [] }
  })
  expect(await said('key', 'rotate', ...of)).toEqual({ key: expect.stringMatching(/^slm-audit/) })
  const to = join(folder, 'copy.db')
  const copied = await said('copy', '--from', own, '--to', to)
  expect(copied).toMatchObject({ to, report: { size: copied.records } })
  expect(copied.added).toBe(copied.records)
  const key = join(folder, 'new.key')
  expect(await said('rekey', '--new-key-file', key, '--file', to)).toMatchObject({
    newKeyFile: key
  })
  const lines = join(folder, 'log.jsonl')
  expect((await cli('export', '--format', 'jsonl', '-o', lines, ...of)).code).toBe(0)
  const into = join(folder, 'again.db')
  expect(await said('import', lines, '--into', into)).toMatchObject({ into, added: copied.added })
})
