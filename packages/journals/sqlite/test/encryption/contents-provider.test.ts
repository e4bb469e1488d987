import { localKeyProvider } from '@slm-audit/core/node'
import { annotateCalls, type KeyProvider, openReader, rotateContentsKeys } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { copyOf, fresh, keysOf, talk } from './contents-support.ts'

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
