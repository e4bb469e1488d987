import { localKeyProvider } from '@slm-audit/core/node'
import { annotateCalls, type KeyProvider, openReader, rotateContentsKeys } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openLog } from '../support.ts'
import { copyOf, fresh, keysOf, talk, WORDS } from './contents-support.ts'

/** What a log has of its keys. */
function storedKeys(file: string): unknown[] {
  const database = new Database(file, { readonly: true })
  const rows = database.prepare('SELECT * FROM content_keys ORDER BY id').all()
  database.close()
  return rows
}

test.each<[string, Partial<{ [name in keyof KeyProvider]: () => unknown }>, RegExp]>([
  ['wraps as text', { wrap: () => 'd3JhcHBlZA==' }, /wrap\(\) must give bytes/],
  ['wraps as nothing', { wrap: () => undefined }, /wrap\(\) must give bytes/],
  ['wraps as no bytes', { wrap: () => new Uint8Array() }, /wrap\(\) gave 0 bytes/],
  ['wraps as too many', { wrap: () => new Uint8Array(65_537) }, /wrap\(\) gave 65537 bytes/],
  ['has no id', { describe: () => ({}) }, /describe\(\) must give \{ id \}/],
  ['throws no Error', { wrap: () => Promise.reject('sealed') }, /sealed/],
  ['gives another key', { unwrap: () => new Uint8Array(31) }, /a key of 32 bytes/]
])('a provider that %s changes nothing in the log', async (_, odd, message) => {
  const { file, contents } = fresh()
  await talk(file, contents, 'u-7', 1)
  const before = storedKeys(file)
  const local = localKeyProvider(contents.keys)
  const keys = { ...local, describe: () => ({ id: 'new' }), ...odd } as KeyProvider
  const failed = await rotateContentsKeys(file, { keys }).then(
    () => undefined,
    (cause: unknown) => cause
  )
  expect(failed instanceof Error ? failed.message : failed).toMatch(message)
  expect(storedKeys(file)).toEqual(before)
  if (odd.unwrap) return
  // By a program that writes beside the application: a subject of its own, for which there is no key yet.
  const copy = copyOf(file)
  await using reader = await openReader(copy, {
    encryption: { contents: { keys, period: 'year' } }
  })
  const { items } = await reader.query({})
  const calls = items.map(({ auditId }) => auditId)
  await expect(annotateCalls(copy, { calls, annotation: { note: 'x' } })).rejects.toBeDefined()
  expect(keysOf(copy)).toEqual([true])
})

test('a provider that never says which key it uses ends a rotation', {
  timeout: 30_000
}, async () => {
  const { file, contents } = fresh()
  await talk(file, contents, 'u-7', 1)
  const keys: KeyProvider = {
    ...localKeyProvider(contents.keys),
    describe: () => new Promise(() => undefined)
  }
  await expect(rotateContentsKeys(file, { keys })).rejects.toMatchObject({ code: 'bad_key' })
})

test('a provider may answer with a promise of any kind', async () => {
  const { file, contents } = fresh()
  await talk(file, contents, 'u-7', 1)
  const local = localKeyProvider(contents.keys)
  const keys: KeyProvider = {
    ...local,
    unwrap: (wrapped, context) => {
      const key = Promise.resolve(local.unwrap(wrapped, context))
      // biome-ignore lint/suspicious/noThenProperty: as libraries of promises have it
      return { then: key.then.bind(key) } as Promise<Uint8Array>
    }
  }
  await using reader = await openReader(copyOf(file), { encryption: { contents: { keys } } })
  const { items } = await reader.query({})
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(call?.encrypted).toBeUndefined()
  expect(call?.contents.output).toBe('aye')
})

describe('a provider that unwraps another key than it wrapped', () => {
  const odd = (local: KeyProvider): KeyProvider => ({
    ...local,
    unwrap: () => new Uint8Array(32).fill(7)
  })
  const message = /unwrapped another key than k-[0-9a-f]{16}; see that it has the wrapping key/

  test('has nothing written with that key: calls wait, and are stored once it gives the right one', async () => {
    const { file, contents } = fresh()
    await talk(file, contents, 'u-7', 1)
    const right = localKeyProvider(contents.keys)
    let keys = odd(right)
    const provider: KeyProvider = {
      ...right,
      unwrap: (wrapped, context) => keys.unwrap?.(wrapped, context) ?? new Uint8Array()
    }
    const { log, problems } = await openLog({ file, encryption: { contents: { keys: provider } } })
    const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
    await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
    await expect(log.flush()).rejects.toMatchObject({ code: 'bad_key', message })
    expect(problems.map((problem) => problem.message).join()).toMatch(message)
    keys = right
    const flushed = () => log.flush().then(...([() => true, () => false] as const))
    await expect.poll(flushed, { timeout: 20_000 }).toBe(true)
    await log.close()
    await using reader = await openReader(file, { encryption: { contents } })
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({})
    const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(calls.map((call) => call?.contents.output)).toEqual(['aye', 'aye'])
  })

  test('is no finding against the log: its contents are not checked, and the reason is told', async () => {
    const { file, contents } = fresh()
    await talk(file, contents, 'u-7', 1)
    const keys = odd(localKeyProvider(contents.keys))
    await using reader = await openReader(copyOf(file), { encryption: { contents: { keys } } })
    const report = await reader.verify()
    expect(report.flaw).toBeUndefined()
    expect(report.encryptedContents).toBe(2)
    const { items } = await reader.query({})
    const [found] = (await reader.get(items[0]?.auditId ?? ''))?.encrypted ?? []
    expect(found?.why).toMatch(message)
  })

  test('ends a rotation before the right key is lost', async () => {
    const { file, contents } = fresh()
    await talk(file, contents, 'u-7', 1)
    const before = storedKeys(file)
    const local = localKeyProvider(contents.keys)
    const keys: KeyProvider = { ...odd(local), describe: () => ({ id: 'new' }) }
    await expect(rotateContentsKeys(file, { keys })).rejects.toMatchObject({ message })
    expect(storedKeys(file)).toEqual(before)
  })
})
