import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openReader } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { chat, freshFile, openLog, runProgram } from '../support.ts'

/** Who may not write: somebody else, as the tests may run as one who may write anywhere. */
const STRANGER = 65_534
const program = new URL('../programs/read-only.ts', import.meta.url).pathname
const isRoot = process.getuid?.() === 0

function readAsStranger(file: string) {
  const who = isRoot ? { uid: STRANGER, gid: STRANGER } : {}
  const { stdout, stderr } = spawnSync(process.execPath, [program, file], {
    ...who,
    encoding: 'utf8'
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { readonly [name: string]: unknown }
}

/** Reads where not a byte fits on the disk any more: the process may make no file larger than nothing. */
function readOnFullDisk(file: string) {
  const read = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, program, file]
  const { stdout, stderr } = spawnSync('/bin/sh', read, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { readonly [name: string]: unknown }
}

/** A closed log of one call about a refund. */
async function closedLog(): Promise<string> {
  const file = freshFile()
  const { log } = await openLog({ file })
  await log.withContext({ user: 'u-1' }, () =>
    log.record({ ...chat, input: 'a refund, please' }, async () => 'in five days')
  )
  await log.close()
  return file
}

/** A folder that somebody else can read and nobody write, with copies of the log's files. */
function copyOf(file: string, suffixes: readonly string[]): string {
  const folder = join(dirname(file), 'copy')
  mkdirSync(folder)
  for (const suffix of suffixes) {
    copyFileSync(file + suffix, join(folder, `audit.db${suffix}`))
    chmodSync(join(folder, `audit.db${suffix}`), 0o444)
  }
  chmodSync(folder, 0o555)
  chmodSync(dirname(file), 0o755)
  return join(folder, 'audit.db')
}

const whole = { list: 1, search: 1, show: 'a refund, please', proofs: 2, flaw: null, records: 3 }

describe('a log where nobody may write', () => {
  test.each([
    ['with its index', ['', '-index']],
    ['without an index', ['']]
  ])('%s is listed, searched, shown, proved and verified', async (_, suffixes) => {
    const copy = copyOf(await closedLog(), suffixes)
    expect(readAsStranger(copy)).toMatchObject(whole)
    expect(readdirSync(dirname(copy))).toHaveLength(suffixes.length)
  })

  test('with transactions that only its write-ahead log has', async () => {
    const file = freshFile()
    await runProgram('calls', file, 'process', '3', 'kill', 'open')
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    const copy = copyOf(file, ['', '-wal'])
    const { records, list, flaw } = readAsStranger(copy)
    expect({ list, flaw }).toEqual({ list: 4, flaw: null })
    expect(records).toBeGreaterThan(7)
    expect(readdirSync(dirname(copy))).toEqual(['audit.db', 'audit.db-wal'])
  })
})

describe.skipIf(process.platform === 'win32')('a log on a disk without room', () => {
  test('is listed, searched, shown, proved and verified', async () => {
    const file = await closedLog()
    expect(readOnFullDisk(file)).toMatchObject(whole)
  })

  test('is read while its application has it open, and after that was killed', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'a refund' }, async () => 1)
    await log.flush()
    expect(readOnFullDisk(file)).toMatchObject({ list: 1, flaw: null })
    await log.record({ ...chat, input: 'another' }, async () => 1)
    await log.close()
    const killed = freshFile()
    await runProgram('calls', killed, 'process', '3', 'kill', 'open')
    rmSync(`${killed}-shm`)
    expect(readOnFullDisk(killed)).toMatchObject({ list: 4, flaw: null })
  })
})

describe('reading', () => {
  test('leaves no file beside a log that nobody has open', async () => {
    const file = await closedLog()
    const before = readdirSync(dirname(file))
    for (const round of [1, 2]) {
      await using reader = await openReader(file)
      expect((await reader.search('refund')).items).toHaveLength(1)
      expect(await reader.verify()).not.toHaveProperty('flaw')
      expect(readdirSync(dirname(file)).length, `round ${round}`).toBeLessThanOrEqual(
        before.length + 4
      )
    }
    expect(readdirSync(dirname(file))).toEqual(before)
  })

  test('that goes on longer than the application leaves no file either', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'a refund' }, async () => 1)
    await log.flush()
    const reader = await openReader(file)
    expect((await reader.search('refund')).items).toHaveLength(1)
    await log.close()
    expect((await reader.search('refund')).items).toHaveLength(1)
    await reader[Symbol.asyncDispose]()
    expect(readdirSync(dirname(file)).filter((name) => /-(wal|shm)$/.test(name))).toEqual([])
  })

  test('of a still log goes on when an application begins to write it, and when it ends', async () => {
    const file = await closedLog()
    const still = join(dirname(file), 'still.db')
    cpSync(file, still)
    for (const suffix of ['.key', '-index']) cpSync(`${file}${suffix}`, `${still}${suffix}`)
    rmSync(file)
    await expect.poll(() => Date.now() - statSync(still).mtimeMs).toBeGreaterThan(100)
    await using reader = await openReader(still)
    expect((await reader.query()).items).toHaveLength(1)
    for (let calls = 2; calls < 5; calls++) {
      const { log } = await openLog({ file: still })
      await log.record({ ...chat, input: `refund ${calls}` }, async () => 1)
      await log.flush()
      expect((await reader.query()).items).toHaveLength(calls)
      await log.close()
      expect((await reader.search('refund')).items).toHaveLength(calls)
    }
    expect(await reader.verify()).not.toHaveProperty('flaw')
  })
})
