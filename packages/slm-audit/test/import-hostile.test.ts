import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-hostile-'))
const at = (name: string) => join(folder, name)
/** The lines of a whole export: records, a checkpoint, the end. */
let lines: string[] = []
let made = 0

beforeAll(async () => {
  const file = at('audit.db')
  const log = await createAuditLog({ file })
  for (let call = 0; call < 5; call++) {
    await log.record({ operation: 'chat', provider: 'p', input: `q ${call}` }, async () => 'a')
  }
  await log.close()
  await cli('export', '--file', file, '--format', 'jsonl', '--out', at('whole.jsonl'))
  lines = readFileSync(at('whole.jsonl'), 'utf8').split('\n').slice(0, -1)
})

async function importOf(bytes: string | Uint8Array, ending = 'jsonl') {
  const path = at(`case-${made++}.${ending}`)
  writeFileSync(path, bytes)
  const into = `${path}.db`
  const { code, out, error } = await cli('import', path, '--into', into)
  return { code, said: `${out}\n${error}`, isMade: existsSync(into) }
}

const joined = (some: readonly string[]) => some.map((line) => `${line}\n`).join('')

test('an export that was cut behind a change of the key lacks its end, and is not of another log', async () => {
  const file = at('rotated.db')
  const call = async () => {
    await using log = await createAuditLog({ file })
    await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
  }
  await call()
  await cli('key', 'rotate', '--file', file)
  await call()
  await cli('export', '--file', file, '--format', 'jsonl', '--out', at('rotated.jsonl'))
  const whole = readFileSync(at('rotated.jsonl'), 'utf8')
  const records = whole.split('\n').filter((line) => line.startsWith('{"contents"'))
  for (const cut of [joined(records), joined(records).slice(0, -40)]) {
    const { code, said } = await importOf(cut)
    expect([code, said]).toEqual([1, expect.stringMatching(/record [56]: truncated tail/)])
    expect(said).not.toContain('diverged')
  }
})

test('what stands behind the end is not read to its end', async () => {
  const endless = Buffer.concat([Buffer.from(joined(lines)), Buffer.alloc(1e8, '\n')])
  const { code, said } = await importOf(gzipSync(endless), 'jsonl.gz')
  expect([code, said]).toEqual([1, expect.stringMatching(/line \d+ stands behind the end/)])
})

test('a whole export ends with its size', () => {
  expect(lines.at(-1)).toBe('{"end":11}')
})

describe('an export that was cut or changed is a finding', () => {
  test.each<[string, () => string | Uint8Array, string, RegExp]>([
    [
      'behind a record',
      () => joined(lines.slice(0, 7)),
      'jsonl',
      /record 7: truncated tail\s+the file has no end/
    ],
    [
      'within a line',
      () => joined(lines).slice(0, -40),
      'jsonl',
      /truncated tail\s+behind line \d+ it ends within a line/
    ],
    [
      'within a record',
      () => joined(lines.slice(0, 7)) + lines[7]?.slice(0, 90),
      'jsonl',
      /record 7: truncated tail/
    ],
    [
      'in its compressed form',
      () => gzipSync(joined(lines)).subarray(0, -300),
      'jsonl.gz',
      /truncated tail\s+behind line \d+ it cannot be read any further/
    ],
    [
      'with its end put back',
      () => joined([...lines.slice(0, 7), '{"end":11}']),
      'jsonl',
      /record 7: truncated tail\s+the file says that the log has 11/
    ],
    [
      'by one record',
      () => joined(lines.filter((_, index) => index !== 4)),
      'jsonl',
      /record 4: missing\s+record 5 stands where 4 belongs/
    ],
    ['by its first record', () => joined(lines.slice(1)), 'jsonl', /record 0: missing/],
    [
      'no more: a line stands twice',
      () => joined(lines.toSpliced(4, 0, lines[3] ?? '')),
      'jsonl',
      /record 4: changed\s+line 5 holds record 3 once more/
    ],
    [
      'no more: a line of junk',
      () => joined(lines.toSpliced(4, 0, '{"hidden":1}')),
      'jsonl',
      /record 4: changed\s+line 5 is nothing that an export writes/
    ],
    [
      'no more: an empty line',
      () => joined(lines.toSpliced(4, 0, '')),
      'jsonl',
      /line 5 is nothing/
    ],
    [
      'no more: a member too many',
      () => joined(lines.map((line) => line.replace('{', '{"note":1,'))),
      'jsonl',
      /holds no records \(line 1 is nothing/
    ],
    [
      'no more: a line behind the end',
      () => joined([...lines, '{"hidden":1}']),
      'jsonl',
      /changed\s+line 14 stands behind the end/
    ]
  ])('%s', async (_, make, ending, says) => {
    const { code, said, isMade } = await importOf(make(), ending)
    expect(said).toMatch(says)
    expect([code === 1 || /holds no records/.test(said), isMade]).toEqual([true, false])
  })

  test('an export of an older version, which wrote no end, is whole', async () => {
    expect(await importOf(joined(lines.slice(0, -1)))).toMatchObject({ code: 0, isMade: true })
  })
})

describe('few bytes that stand for very many', () => {
  test.each([
    ['lines', 0x0a, /holds no records \(line 1 is nothing/],
    ['a line', 0x61, /a line is longer than 268435456 bytes/]
  ])('%s', async (_, byte, says) => {
    const bomb = zstdCompressSync(Buffer.alloc(280_000_000, byte))
    expect(bomb.length).toBeLessThan(100_000)
    const { code, said, isMade } = await importOf(bomb, 'jsonl.zst')
    expect([code, isMade, said]).toEqual([2, false, expect.stringMatching(says)])
  })
})

/** Lines of a log whose owner sealed what they liked: hashes are right, and nobody has signed. */
function forged(change: (header: string) => string): string {
  const changed = lines.slice(0, -2).map((line) => {
    const [before = '', header = ''] = line.split(',"header":')
    const text = change(header.slice(0, -1))
    const leaf = createHash('sha256').update(`\u0000${text}`).digest('base64')
    return `${before.replace(/"leaf":"[^"]*"/, `"leaf":"${leaf}"`)},"header":${text}}`
  })
  return joined([...changed, lines.at(-1) ?? ''])
}

describe('a log that is right by its hashes', () => {
  test.each<[string, (header: string) => string, RegExp]>([
    [
      'a path for an id',
      (header) => header.replace(/"auditId":"[^"]*"/, '"auditId":"../../escaped"'),
      /auditId: it is not an id/
    ],
    [
      'a control in an id',
      (header) => header.replace(/"auditId":"[^"]*"/, '"auditId":"\\u001b]0;x"'),
      /auditId: it is not an id/
    ],
    [
      'a member that no record has',
      (header) => header.replace(/^\{/, '{"a":1,'),
      /record 0 is not one that slm-audit writes: .*[Uu]nrecognized/
    ],
    [
      'a number for a name',
      (header) => header.replace('"provider":"p"', '"provider":7'),
      /record 1 is not one .* call\.provider/
    ],
    [
      'an unknown stage',
      (header) => header.replace('"stage":"complete"', '"stage":"../x"'),
      /stage/
    ]
  ])('is refused with %s', async (_, change, says) => {
    const { code, said, isMade } = await importOf(forged(change))
    expect([code, isMade, said]).toEqual([1, false, expect.stringMatching(says)])
    expect(said).toContain('nothing was imported')
  })

  test('is refused in one document, for programs', async () => {
    const path = at('refused.jsonl')
    writeFileSync(
      path,
      forged((header) => header.replace('"provider":"p"', '"provider":7'))
    )
    const into = at('refused.db')
    const { code, out, error } = await cli('import', path, '--into', into, '--json')
    expect([code, error]).toEqual([1, 'nothing was imported'])
    expect(JSON.parse(out)).toMatchObject({
      ...{ into, added: 0, report: { size: lines.length - 2 } },
      problem: expect.stringMatching(/record 1 is not one .* call\.provider/)
    })
  })

  test('is imported as it is otherwise', async () => {
    expect(await importOf(forged((header) => header))).toMatchObject({ code: 0, isMade: true })
  })
})
