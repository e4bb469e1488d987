import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-csv-'))
const file = join(folder, 'audit.db')

/** What spreadsheets, parsers and terminals have stumbled over. */
const HOSTILE = [
  'plain',
  'Refunds take 5 days.\n\n- card: 3 days\n=> see terms',
  'line\r\nline',
  'line\rline',
  '\n=cmd',
  '\r=x',
  '\t=x',
  ' =cmd|x',
  '\u00A0=1+1',
  '\u200B=1+1',
  '\uFEFF=1+1',
  '=1+1',
  '+1',
  '-5',
  '@SUM(A1)',
  '\uFF1D1+1',
  '\uFF0B1',
  '\uFF0D1',
  '\uFF20x',
  '"=1+1"',
  'a"b',
  '""',
  'a,b;c\td',
  'a;=1+1',
  '\u2028sep\u2029',
  '\u0085next',
  '日本 مرحبا 👩‍👩‍👧',
  'x'.repeat(140_000),
  "'=x"
]

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  for (const [at, input] of HOSTILE.entries()) {
    await log.withContext({ session: `s${at}`, user: `=HYPERLINK("x")\n${at}` }, () =>
      log.record({ operation: 'chat', provider: '=p', model: '-m', input }, async () => '-1\n=2')
    )
  }
})

const PROGRAM = `
import csv, json, sys, io
csv.field_size_limit(10**9)
text = sys.stdin.buffer.read().decode('utf-8' if len(sys.argv) < 2 else sys.argv[1])
print(json.dumps(list(csv.DictReader(io.StringIO(text, newline='')))))`

async function readByPython(...args: string[]) {
  const { out } = await cli('export', '--file', file, '--format', 'csv', '--out', '-', ...args)
  const input = Buffer.from(`${out}\n`)
  const encoding = args.includes('--bom') ? ['utf-8-sig'] : []
  const { stdout } = spawnSync('python3', ['-c', PROGRAM, ...encoding], { input })
  return JSON.parse(stdout.toString()) as { [column: string]: string }[]
}

const hasPython = spawnSync('python3', ['--version']).status === 0

describe.skipIf(!hasPython)("read by Python's csv", () => {
  test('every call is one row, every text what was recorded', async () => {
    const rows = await readByPython()
    expect(rows.map(({ session }) => session)).toEqual(HOSTILE.map((_, at) => `s${at}`))
    const texts = rows.map(({ input = '' }) => input.replace(/^'(?=[\s\S])/, ''))
    expect(texts).toEqual(HOSTILE.map((text) => text.replace(/^'/, '')))
  })

  test('no cell that was a text begins like a formula', async () => {
    for (const row of await readByPython()) {
      for (const name of ['input', 'output', 'user', 'provider', 'model']) {
        expect(row[name]).not.toMatch(/^[\s\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u)
      }
    }
  })

  test('--bom begins with a byte order mark, for Excel', async () => {
    const { out } = await cli('export', '--file', file, '--format', 'csv', '--bom')
    expect(out.startsWith('\uFEFFaudit_id,')).toBe(true)
    expect(await readByPython('--bom')).toEqual(await readByPython())
    expect(await cli('export', '--file', file, '--format', 'jsonl', '--bom')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/--bom is for csv/)
    })
  })
})
