import { execFile, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-output-')), 'audit.db')
let folder = ''
const at = (name: string) => join(folder, name)
const exportTo = (out: string) => cli('export', '--file', file, '--format', 'csv', '--out', out)
const modeOf = (path: string) => statSync(path).mode & 0o777

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  await log.record({ operation: 'chat', provider: 'p', model: 'm', input: 'q' }, async () => 'a')
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slm-audit-output-'))
})

describe('--out', () => {
  test('- is standard output, and nothing is made', async () => {
    const { code, out } = await exportTo('-')
    expect([code, out]).toEqual([0, expect.stringMatching(/^audit_id,/)])
    expect(readdirSync('.')).not.toContain('-')
  })

  test('a draft that others could have prepared is not written to', async () => {
    writeFileSync(at('victim'), 'precious')
    for (const name of ['x.csv.new', 'x.csv.tmp', 'x.csv.draft'])
      symlinkSync(at('victim'), at(name))
    expect((await exportTo(at('x.csv'))).code).toBe(0)
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious')
    expect(lstatSync(at('x.csv')).isSymbolicLink()).toBe(false)
    expect(readdirSync(folder).sort()).toEqual([
      'victim',
      'x.csv',
      'x.csv.draft',
      'x.csv.new',
      'x.csv.tmp'
    ])
  })

  test('a file that others could read becomes one that only its owner reads', async () => {
    writeFileSync(at('x.csv'), 'old', { mode: 0o644 })
    await exportTo(at('x.csv'))
    expect([modeOf(at('x.csv')), readFileSync(at('x.csv'), 'utf8')]).toEqual([
      0o600,
      expect.stringMatching(/^audit_id,/)
    ])
  })

  test("a user's own link stays, and what it leads to is replaced", async () => {
    writeFileSync(at('target.csv'), 'old')
    symlinkSync(at('target.csv'), at('link.csv'))
    await exportTo(at('link.csv'))
    expect(lstatSync(at('link.csv')).isSymbolicLink()).toBe(true)
    expect(readFileSync(at('target.csv'), 'utf8')).toMatch(/^audit_id,/)
  })

  const isRoot = process.getuid?.() === 0
  test.skipIf(!isRoot)('a link of another user is refused', async () => {
    writeFileSync(at('victim'), 'precious')
    symlinkSync(at('victim'), at('x.csv'))
    spawnSync('chown', ['-h', '65534', at('x.csv')])
    expect(await exportTo(at('x.csv'))).toMatchObject({
      code: 2,
      error: expect.stringMatching(/--out .*x\.csv: it is a link of another user/)
    })
    expect(readFileSync(at('victim'), 'utf8')).toBe('precious')
  })

  test.skipIf(!isRoot)('a device stays a device', async () => {
    spawnSync('mknod', [at('null'), 'c', '1', '3'])
    for (const save of [
      () => exportTo(at('null')),
      () => cli('verify', '--file', file, '--save', at('null'))
    ]) {
      expect((await save()).code).toBe(0)
      expect(statSync(at('null')).isCharacterDevice()).toBe(true)
    }
  })

  test.skipIf(process.platform === 'win32')('a pipe is written to, and stays a pipe', async () => {
    spawnSync('mkfifo', [at('pipe')])
    const read = text(spawn('cat', [at('pipe')]).stdout)
    const program = new URL('../src/cli.ts', import.meta.url).pathname
    const args = ['export', '--file', file, '--format', 'csv', '--out', at('pipe')]
    await promisify(execFile)(process.execPath, [program, ...args])
    expect(await read).toMatch(/^audit_id,/)
    expect(statSync(at('pipe')).isFIFO()).toBe(true)
  })

  test.each([
    ['the database', () => file, /it belongs to the log .*audit\.db itself/],
    ['its write-ahead log', () => `${file}-wal`, /it belongs to the log/],
    ['its key', () => `${file}.key`, /it belongs to the log/],
    ['a folder', () => folder, /it is a folder; name a file in it/],
    ['no folder', () => at('nowhere/x.csv'), /there is no folder .*nowhere; make it first/],
    ['a link to the database', () => linkTo(file), /it belongs to the log/],
    ['a link to nothing', () => linkTo(at('nothing')), /it is a link to nothing/],
    ['another database', () => copyOf(file), /it is a database or a private key/]
  ])('%s is refused, and left as it is', async (_, pathOf, message) => {
    const path = pathOf()
    const before = readFileSync(file)
    expect(await exportTo(path)).toMatchObject({ code: 2, error: expect.stringMatching(message) })
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(existsSync(`${path}.provenance.jsonl`)).toBe(false)
  })

  test.skipIf(!existsSync('/dev/full'))('a full disk is said in words', async () => {
    expect(await exportTo('/dev/full')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^slm-audit: \/dev\/full cannot be written \(ENOSPC/)
    })
  })
})

test('proofs and tiles are for their owner alone', async () => {
  const { auditId } = JSON.parse((await cli('list', '--file', file, '--jsonl')).out)
  mkdirSync(folder, { recursive: true })
  await cli('prove', auditId, '--file', file, '--out', at('proofs/of'))
  await cli('export', '--tiles', at('tiles'), '--file', file)
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(at)
  expect(paths.length).toBeGreaterThan(8)
  for (const path of paths) expect(modeOf(path)).toBe(statSync(path).isDirectory() ? 0o700 : 0o600)
})

function linkTo(path: string): string {
  symlinkSync(path, at('link'))
  return at('link')
}

function copyOf(path: string): string {
  writeFileSync(at('other.db'), readFileSync(path))
  return at('other.db')
}
