import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  type DatabaseKeySource,
  newDatabaseKey,
  openReader,
  readDatabaseKey,
  rekeyDatabase,
  sqliteExporter
} from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { freshFile, openLog, runProgram } from '../support.ts'

const WORDS = 'quetzalcoatl asked'

function freshKey(file = freshFile()): { readonly file: string; readonly key: { file: string } } {
  const path = `${file}.secret`
  newDatabaseKey(path)
  return { file, key: { file: path } }
}

async function record(file: string, key?: DatabaseKeySource, text = WORDS): Promise<void> {
  const { log, problems } = await openLog({ file, ...(key && { encryption: { key } }) })
  await log.withContext({ session: 's' }, () =>
    log.record({ operation: 'chat', provider: 'test', model: 'm', input: text }, async () => 'yes')
  )
  await log.close()
  expect(problems).toEqual([])
}

/** The files of a log, and those beside it, that hold a text. */
function filesWith(file: string, text: string): string[] {
  return readdirSync(dirname(file), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text))
    .map((path) => basename(path))
}

describe('an encrypted log', () => {
  test('shows its words to whoever has the key, and to nobody else', async () => {
    const { file, key } = freshKey()
    await record(file, key)
    expect(filesWith(file, 'quetzalcoatl')).toEqual([])
    expect(filesWith(file, 'SQLite format 3')).toEqual([])
    await using reader = await openReader(file, { encryption: { key } })
    expect((await reader.search('quetzalcoatl')).items).toHaveLength(1)
    const verdict = await reader.verify()
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.unsigned).toBe(0)
  })

  test('has nothing plain on the disk while it is written, in its spool neither', async () => {
    const { file, key } = freshKey()
    const { log } = await openLog({ file, encryption: { key } })
    for (let at = 0; at < 50; at++) {
      const request = { operation: 'chat', provider: 'test', model: 'm', input: `${WORDS} ${at}` }
      await log.record(request, async () => 'yes')
      expect(filesWith(file, 'quetzalcoatl')).toEqual([])
    }
    await log.close()
  })

  test('that a killed process left is taken in by the next that has the key', async () => {
    const { file, key } = freshKey()
    const ended = await runProgram('killed-encrypted', file, key.file)
    expect(ended).toMatchObject({ signal: 'SIGKILL' })
    expect(filesWith(file, 'quetzalcoatl')).toEqual([])
    const { log, problems } = await openLog({ file, encryption: { key } })
    await log.close()
    expect(problems).toEqual([])
    expect(filesWith(file, 'quetzalcoatl')).toEqual([])
    await using reader = await openReader(file, { encryption: { key } })
    expect((await reader.search('quetzalcoatl')).items).toHaveLength(20)
  })

  // Each in a process of its own: one that has had the key has it as long as it runs.
  test.each([
    ['no key', 'none', /is encrypted, or is not a SQLite database; give its key/],
    ['another key', 'other', /cannot be opened with this key/],
    ['a key that is too short', 'short', /must be 32 bytes/],
    ['a file that is not there', 'file', /key file .* cannot be read/],
    ['a variable that is not set', 'variable', /the environment has no NO_SUCH_KEY/],
    ['a function that fails', 'failing', /could not be had \(the vault is sealed\)/]
  ])('is refused with %s, and stays as it is', async (_, which, message) => {
    const { file, key } = freshKey()
    await record(file, key)
    const before = readFileSync(file)
    const { code, output } = await runProgram('open-encrypted', file, which)
    expect(code).toBe(0)
    expect(output).toMatch(/^bad_key: /)
    expect(output).toMatch(message)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('is a copy of one that is not, where its exporter has a key', async () => {
    const { file: copy, key } = freshKey()
    const file = freshFile()
    const exporters = [sqliteExporter({ file: copy, encryption: { key } })]
    const { log } = await openLog({ file }, { exporters })
    await log.record(
      { operation: 'chat', provider: 'test', model: 'm', input: WORDS },
      async () => 1
    )
    await log.close()
    expect(filesWith(copy, 'quetzalcoatl')).toEqual([])
    await using reader = await openReader(copy, { encryption: { key } })
    expect((await reader.search('quetzalcoatl')).items).toHaveLength(1)
  })
})

describe('a database', () => {
  test('is encrypted later, with another key, and by nobody else; its proofs stay', async () => {
    const file = freshFile()
    await record(file)
    const headers = await headersIn(file)
    for (const { key } of [freshKey(), freshKey()]) {
      rekeyDatabase(file, readDatabaseKey(key))
      expect(filesWith(file, 'quetzalcoatl')).toEqual([])
      expect(await headersIn(file)).toEqual(headers)
      await using reader = await openReader(file)
      expect((await reader.verify()).flaw).toBeUndefined()
      expect((await reader.search('quetzalcoatl')).items).toHaveLength(1)
    }
  })

  test('that is open elsewhere keeps its key', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ operation: 'chat', provider: 'test', model: 'm' }, async () => 1)
    await log.flush()
    expect(() => rekeyDatabase(file, randomBytes(32))).toThrow(
      /is open elsewhere|application is running/
    )
    await log.close()
    expect(await headersIn(file)).not.toEqual([])
  })

  test('whose change of keys was killed opens with the old key or the new one', async () => {
    for (const delay of [2, 20]) {
      const { file, key } = freshKey()
      const next = freshKey().key.file
      await record(file, key, 'x'.repeat(2_000_000))
      await runProgram('killed-rekey', file, key.file, next, `${delay}`)
      const opened = await Promise.all(
        [key.file, next].map((each) => runProgram('open-encrypted', file, 'key', each))
      )
      expect(opened.filter(({ output }) => output === 'open').length).toBe(1)
    }
  })
})

async function headersIn(file: string): Promise<string[]> {
  const { openSealedLog } = await import('@slm-audit/sqlite')
  using log = openSealedLog(file)
  return Array.from(log.records(), ({ header }) => header)
}
