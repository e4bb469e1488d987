import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { localKeyProvider } from '@slm-audit/core/node'
import {
  type KeyProvider,
  openReader,
  rotateContentsKeyFile,
  rotateContentsKeys
} from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../support.ts'
import { copyOf, fresh, signingOf, talk } from './contents-support.ts'

/** A log with a call of each of some users. */
async function written(users = ['u-1', 'u-2', 'u-3']) {
  const made = fresh()
  for (const user of users) await talk(made.file, made.contents, user, 1)
  return made
}

function headersIn(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck().all()
  database.close()
  return headers
}

/** Calls whose contents can be read, and what verification says. */
async function readableIn(file: string, keys: { readonly file: string }): Promise<number> {
  await using reader = await openReader(file, { encryption: { contents: { keys } } })
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ encryptedContents: 0, unexplained: 0 })
  const { items } = await reader.query({})
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.filter((call) => JSON.stringify(call?.contents).includes('quetzalcoatl')).length
}

describe('a rotation of the keys of contents', () => {
  test('wraps data keys anew and leaves records as they are; the old key alone opens nothing then', async () => {
    const { file, contents } = await written()
    const { keys } = contents
    const old = fresh().contents.keys
    writeFileSync(old.file, readFileSync(keys.file))
    const headers = headersIn(file)
    const report = await rotateContentsKeyFile(file, keys.file, signingOf(file))
    expect(report).toMatchObject({ rewrapped: 3, current: 0 })
    expect(headersIn(file).slice(0, headers.length)).toEqual(headers)
    expect(await readableIn(file, keys)).toBe(3)
    await talk(file, contents, 'u-4', 1)
    expect(await readableIn(file, keys)).toBe(4)
    await using reader = await openReader(copyOf(file), { encryption: { contents: { keys: old } } })
    expect((await reader.verify()).encryptedContents).toBeGreaterThan(0)
    expect(await rotateContentsKeys(file, { keys })).toMatchObject({ rewrapped: 0, current: 4 })
  })

  test('that fails, or is killed, at any step leaves all readable, and the next one finishes it', async () => {
    const { file: original, contents } = await written()
    const { keys } = contents
    // Opening the first key, wrapping it, opening it again; the same of the others.
    for (const place of [1, 2, 3, 5, 9]) {
      const file = copyOf(original)
      const local = localKeyProvider(keys)
      let asked = 0
      const failing = <T>(make: () => T): T => {
        asked++
        if (asked === place) throw new Error(`step ${place} failed`)
        return make()
      }
      const provider: KeyProvider = {
        describe: () => ({ id: 'new' }),
        wrap: (key, context) => failing(() => local.wrap(key, context)),
        unwrap: (key, context) => failing(() => local.unwrap(key, context))
      }
      await expect(rotateContentsKeys(file, { keys: provider })).rejects.toThrow('failed')
      expect(await readableIn(file, keys), `step ${place}`).toBe(3)
      const done = Math.floor((place - 1) / 3)
      expect(await rotateContentsKeys(file, { keys: provider })).toMatchObject({
        rewrapped: 3 - done,
        current: done
      })
      expect(await readableIn(file, keys)).toBe(3)
    }
  })

  test('that a provider cannot open again changes nothing', async () => {
    const { file, contents } = await written(['u-1'])
    const local = localKeyProvider(contents.keys)
    const provider: KeyProvider = {
      describe: () => ({ id: 'new' }),
      wrap: () => new Uint8Array(74),
      unwrap: (key, context) =>
        key.every((byte) => byte === 0) ? new Uint8Array(32) : local.unwrap(key, context)
    }
    await expect(rotateContentsKeys(file, { keys: provider })).rejects.toMatchObject({
      code: 'bad_key'
    })
    expect(await readableIn(file, contents.keys)).toBe(1)
  })

  test.each(['new key', 'second key'])(
    'that is killed at the %s leaves all readable, and the same command finishes',
    async (step) => {
      const { file, contents } = await written()
      const { keys } = contents
      const ended = await runProgram('killed-keys', file, keys.file, 'rotate', step)
      expect(ended.signal, ended.output).toBe('SIGKILL')
      expect(await readableIn(copyOf(file), keys)).toBe(3)
      const before = readFileSync(keys.file, 'utf8').trim().split('\n')
      expect(before).toHaveLength(2)
      const report = await rotateContentsKeyFile(file, keys.file, signingOf(file))
      expect(report.rewrapped + report.current).toBe(3)
      expect(report.rewrapped).toBeGreaterThan(0)
      // With the key that the killed one made.
      expect(readFileSync(keys.file, 'utf8').trim().split('\n')).toEqual(before)
      expect(await readableIn(file, keys)).toBe(3)
    }
  )

  test('changes the file that a link leads to', async () => {
    const { file, contents } = await written(['u-1'])
    const link = `${contents.keys.file}.link`
    symlinkSync(contents.keys.file, link)
    await rotateContentsKeyFile(file, link, signingOf(file))
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(await readableIn(file, contents.keys)).toBe(1)
  })

  test('leaves a key file to those who could read it before', async () => {
    const { file, contents } = await written(['u-1'])
    chmodSync(contents.keys.file, 0o640)
    await rotateContentsKeyFile(file, contents.keys.file, signingOf(file))
    expect(statSync(contents.keys.file).mode & 0o777).toBe(0o640)
  })

  test('of logs that share a file, at the same time, loses no key', async () => {
    const { file, contents } = await written(['u-1'])
    const files = [file, copyOf(file), copyOf(file), copyOf(file)]
    const run = (each: string) => runProgram('rotating', each, contents.keys.file, '8')
    for (const { code, output } of await Promise.all(files.map(run))) {
      expect(code, output).toBe(0)
    }
    for (const each of files) expect(await readableIn(each, contents.keys)).toBe(1)
    const keys = readFileSync(contents.keys.file, 'utf8').trim().split('\n')
    expect(new Set(keys).size).toBe(keys.length)
  })
})
