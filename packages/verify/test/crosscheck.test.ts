import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseRecord } from '@slm-audit/core'
import { pendingEvent } from '@slm-audit/core/journal'
import { newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  emptyRoot,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  parseCheckpoint,
  signNote
} from '@slm-audit/core/tlog'
import { contentLines, exportTiles, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { run } from '../src/run.ts'
import { missingPrograms } from './missing-programs.ts'
import { RETAINED_STORES, writeRetainedLog } from './retained-log.ts'

const scripts = fileURLToPath(new URL('../../../scripts/crosscheck/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-verify-'))
const goProgram = join(folder, 'crosscheck')
const database = join(folder, 'audit.db')
const policy = join(folder, 'policy')
const execute = promisify(execFile)
const SIZES = [1, 2, 255, 256, 257, 65_535, 65_537]
let vkey = ''

const exportOf = (size: number) => join(folder, `tiles-${size}`)

/** Lets one log grow through all sizes, and exports it at each with a signed checkpoint. */
async function exportSizes(): Promise<void> {
  await using journal = await sqliteJournal({
    file: database,
    origin: 'example.com/log',
    durability: 'memory',
    checkpoints: { everyRecords: 1 }
  })
  await using reader = await openReader(database)
  for (const size of SIZES) {
    for (let have = await journal.size(); have < size; have = await journal.size()) {
      const content = { name: 'input', type: 'text/plain', body: `words of ${have}` }
      const pending = Array.from({ length: Math.min(8000, size - have) }, (_, at) => ({
        ...pendingEvent('test', { at }),
        contents: at % 2000 === 0 ? [content] : []
      }))
      await journal.append(pending)
    }
    await vi.waitUntil(async () => (await reader.checkpoint())?.includes(`\n${size}\n`), 60_000)
    expect(exportTiles(database, exportOf(size))).toBe(size)
  }
}

/** Programs of others; each gives what it printed, and rejects for what it does not accept. */
const others = {
  go: (...args: string[]) => execute(goProgram, args),
  outsider: (...args: string[]) => execute('python3', [join(scripts, 'outsider.py'), ...args]),
  python: (...args: string[]) => execute('python3', [join(scripts, 'verify.py'), ...args]),
  openssl: (...args: string[]) => execute(join(scripts, 'signature.sh'), args)
}
const missing = await missingPrograms(goProgram, join(scripts, 'go', 'main.go'))
const [hasGo, hasPython, hasOpenssl] = (['go', 'python', 'openssl'] as const).map(
  (name) => !missing.includes(name)
)

beforeAll(async () => {
  await exportSizes()
  const signer = privateKeySigner(readKeyFile(`${database}.key`))
  vkey = formatVerifierKey(signer.key)
  writeFileSync(policy, `log ${vkey}\nquorum none\n`)
  const text = formatCheckpoint({ origin: 'example.com/log', size: 0, root: emptyRoot() })
  mkdirSync(exportOf(0))
  const note = formatNote({ text, signatures: [await signNote(text, signer)] })
  writeFileSync(join(exportOf(0), 'checkpoint'), note)
})

const present = ['go', 'python', 'openssl'].filter((each) => !missing.some((name) => name === each))

describe(`a log of our own is verified by ${present.join(', ') || 'nobody else here'}`, () => {
  test.each([0, ...SIZES])('of size %i', async (size) => {
    const smaller = SIZES[SIZES.indexOf(size) - 1]
    const directory = exportOf(size)
    const checkpoint = join(directory, 'checkpoint')
    const { root } = parseCheckpoint(readFileSync(checkpoint, 'utf8'))
    const expected = `ok size=${size} root=${Buffer.from(root).toString('hex')}`
    const go = hasGo ? others.go('tiles', directory, vkey) : undefined
    const python = hasPython ? others.python('tiles', directory, vkey) : undefined
    const openssl = hasOpenssl ? others.openssl(checkpoint, vkey) : undefined
    const against = smaller ? ['--against', join(exportOf(smaller), 'checkpoint')] : []
    const ours = run(['tiles', directory, '--policy', policy, ...against])
    const continues = smaller ? `continues the checkpoint of ${smaller}` : `${size}`
    expect(ours).toMatchObject({ exitCode: 0, text: expect.stringContaining(continues) })
    if (go) expect((await go).stdout).toContain(expected)
    if (python) expect((await python).stdout.trim()).toBe(expected)
    if (openssl) expect((await openssl).stdout).toContain('Signature Verified Successfully')
  })

  test('a log that was cut does not continue what it was', () => {
    const later = join(exportOf(257), 'checkpoint')
    const cut = run(['tiles', exportOf(256), '--policy', policy, '--against', later])
    expect(cut).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/record 256: truncated tail/)
    })
  })

  test('a proof of one record is verified by all three, and by none for another record', async () => {
    await using reader = await openReader(database)
    const { items } = await reader.query({ kind: 'test' }, { limit: 3 })
    const files: string[] = []
    for (const { auditId } of items) {
      for (const { record, proof } of await reader.prove(auditId)) {
        const base = join(folder, parseRecord(record).auditId)
        writeFileSync(`${base}.json`, record.header)
        writeFileSync(`${base}.tlog-proof`, proof)
        files.push(base)
      }
    }
    const programs = (proof: string, record: string) => [
      ...(hasGo ? [() => others.go('proof', proof, record, vkey)] : []),
      ...(hasPython ? [() => others.python('proof', proof, record, vkey)] : [])
    ]
    const ours = (proof: string, record: string) =>
      run(['proof', proof, '--record', record, '--policy', policy]).exitCode
    const [first = '', second = ''] = files
    for (const verify of programs(`${first}.tlog-proof`, `${first}.json`)) await verify()
    expect(ours(`${first}.tlog-proof`, `${first}.json`)).toBe(0)
    for (const verify of programs(`${first}.tlog-proof`, `${second}.json`)) {
      await expect(verify()).rejects.toThrow()
    }
    expect(ours(`${first}.tlog-proof`, `${second}.json`)).toBe(1)
  })

  test.skipIf(!hasOpenssl)(
    'a signature that openssl would not accept is not accepted by us',
    async () => {
      const stranger = privateKeySigner(newPrivateKey('example.com/log')).key
      const checkpoint = join(exportOf(2), 'checkpoint')
      const other = formatVerifierKey(stranger)
      await expect(others.openssl(checkpoint, other)).rejects.toThrow()
      writeFileSync(join(folder, 'other'), `log ${other}\nquorum none\n`)
      const outcome = run(['tiles', exportOf(2), '--policy', join(folder, 'other')])
      expect(outcome).toMatchObject({ exitCode: 1, text: expect.stringContaining('wrong key') })
    }
  )
})

describe.each(Object.entries(RETAINED_STORES))('a log in %s that forgets', (_, store) => {
  const retained = mkdtempSync(join(tmpdir(), 'slm-audit-forgets-'))
  const path = (name: string) => join(retained, name)
  let key = ''
  beforeAll(async () => {
    key = await writeRetainedLog(retained, store)
  })

  /** What the programs of others say of an export. */
  const said = (directory: string) =>
    Promise.all([
      ...(hasGo ? [others.go('tiles', directory, key)] : []),
      ...(hasPython ? [others.python('tiles', directory, key)] : []),
      ...(hasPython ? [others.outsider('tiles', directory, key)] : [])
    ])

  test.each(['whole', 'erased', 'tiles'])('is verified by all of them: %s', async (name) => {
    for (const { stdout } of await said(path(name))) expect(stdout).toMatch(/^ok /)
    const pruned = name === 'tiles' ? 'pruned=2' : 'pruned=0'
    if (hasGo) expect((await others.go('tiles', path(name), key)).stdout).toContain(pruned)
  })

  test.each(['u-1', 'u-290', 'after'])('proves what it had: %s', async (name) => {
    const given = [path(`${name}.tlog-proof`), path(`${name}.json`), key]
    if (hasGo) expect((await others.go('proof', ...given)).stdout).toMatch(/^ok /)
    if (hasPython) expect((await others.python('proof', ...given)).stdout).toMatch(/^ok /)
  })

  test('is told by all of them from one of which somebody took the entries', async () => {
    rmSync(join(path('erased'), 'tile/entries/001'))
    const reason = /no record/
    const directory = path('erased')
    if (hasGo) await expect(others.go('tiles', directory, key)).rejects.toThrow(reason)
    if (!hasPython) return
    await expect(others.python('tiles', directory, key)).rejects.toThrow(reason)
    await expect(others.outsider('tiles', directory, key)).rejects.toThrow(reason)
  })
})

describe('an export that was changed', () => {
  const files = (directory: string): string[] =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((each) =>
      statSync(join(directory, each)).isFile()
    )

  test('every byte of a small one, flipped in turn, is found', () => {
    let flipped = 0
    for (const name of files(exportOf(2))) {
      const path = join(exportOf(2), name)
      const bytes = readFileSync(path)
      for (let at = 0; at < bytes.length; at++) {
        writeFileSync(
          path,
          bytes.map((byte, place) => (place === at ? byte ^ 1 : byte))
        )
        flipped++
        const { exitCode } = run(['tiles', exportOf(2), '--policy', policy])
        expect(exitCode, `${name} ${at}`).not.toBe(0)
      }
      writeFileSync(path, bytes)
    }
    expect(flipped).toBeGreaterThan(1000)
    expect(run(['tiles', exportOf(2), '--policy', policy]).exitCode).toBe(0)
  })

  test('one byte in any tile of a large one is found by us, and by Go', async () => {
    const directory = exportOf(65_537)
    const tiles = files(directory).filter((name) => /^tile\/\d/.test(name))
    expect(tiles.length).toBe(257 + 1 + 1)
    for (const name of tiles.filter((_, at) => at % 128 === 0 || at > 256)) {
      const path = join(directory, name)
      const bytes = readFileSync(path)
      writeFileSync(
        path,
        bytes.map((byte, at) => (at === 17 ? byte ^ 4 : byte))
      )
      const isForGo = hasGo && name.startsWith('tile/2')
      const go = isForGo && expect(others.go('tiles', directory, vkey)).rejects.toThrow(name)
      const { exitCode, text } = run(['tiles', directory, '--policy', policy])
      expect([exitCode, text]).toEqual([1, expect.stringContaining(name)])
      await go
      writeFileSync(path, bytes)
    }
  })

  test('a file that is missing, one too many, and a content of another record', async () => {
    const directory = exportOf(257)
    const verify = () => run(['tiles', directory, '--policy', policy]).text
    const bundle = join(directory, 'tile/entries/000')
    const bytes = readFileSync(bundle)
    rmSync(bundle)
    expect(verify()).toMatch(/record 0: missing\n {2}tile\/entries\/000/)
    writeFileSync(bundle, bytes)
    const beyond = join(directory, 'tile/0/002.p/1')
    mkdirSync(dirname(beyond), { recursive: true })
    writeFileSync(beyond, new Uint8Array(32))
    expect(verify()).toMatch(/record 257: truncated tail/)
    rmSync(join(directory, 'tile/0/002.p'), { recursive: true })
    const contents = join(directory, 'contents/000.jsonl')
    const [line = ''] = readFileSync(contents, 'utf8').split('\n')
    writeFileSync(contents, `${line.replace('"index":1', '"index":2')}\n`)
    expect(verify()).toMatch(/record 2: content mismatch/)
  })

  test('usage and unreadable input exit with 2, help with 0', () => {
    expect(run(['--help'])).toMatchObject({ exitCode: 0, text: expect.stringContaining('proof') })
    expect(run([])).toMatchObject({ exitCode: 2, text: expect.stringContaining('--policy') })
    expect(run(['tiles', '/nowhere', '--policy', '/nowhere']).exitCode).toBe(2)
    expect(run(['tiles', '/nowhere', '--plicy', 'x']).exitCode).toBe(2)
    expect(contentLines({ index: 0, header: '', leafHash: new Uint8Array(), contents: [] })).toBe(
      ''
    )
  })
})
