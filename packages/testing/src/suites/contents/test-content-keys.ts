import type { PolicyDocument } from '@slm-audit/core'
import { type KeyProvider, type KeyProviderSource, localKeyProvider } from '@slm-audit/core/node'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../../fakes/collecting-log.ts'
import type { ContentsStore, ContentsSubject } from '../contents-subject.ts'
import { newKeyFile, newService, talk, WORDS } from '../contents-talk.ts'

const SAID = { reason: 'asked for', by: 'the officer' }
const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }

/**
 * Proves of a store that `testContents` holds for that its data keys come to no harm: in rotations that fail, by providers that
 * answer wrong, and in retention.
 */
export function testContentKeys(subject: ContentsSubject): void {
  describe(`keys of contents in ${subject.name}`, () => {
    const storing = (run: (store: ContentsStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await run(store)
    }
    test(
      'open all where a rotation fails at a step, and the next one finishes it',
      storing(failing)
    )
    test('are left as they are by a provider that answers wrong', storing(answeringWrong))
    test(
      'encrypt nothing where another one is unwrapped, which readers are told',
      storing(wrongKey)
    )
    test('encrypt nothing until what they are wrapped into can be opened', storing(wrongWrap))
    test('go with what they encrypt when its time has come, unless that is held', storing(aging))
    test('of a schedule that takes them are told of while the log is open', storing(scheduled))
  })
}

/** How many calls can be read with keys; nothing is wrong with the log, and nothing of it is closed to them. */
async function readableIn(store: ContentsStore, keys: KeyProviderSource): Promise<number> {
  await using reader = await store.read(keys)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ encryptedContents: 0, unexplained: 0 })
  const { items } = await reader.query({ kind: 'call' }, { limit: 100 })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.filter((call) => JSON.stringify(call?.contents).includes(WORDS)).length
}

async function failing(store: ContentsStore): Promise<void> {
  const keys = newKeyFile()
  for (const user of ['u-1', 'u-2', 'u-3']) await talk(store, { keys }, user, 1)
  const all = 3 + (store.ownKeys ?? 0)
  // Opening the first key, wrapping it, opening it again; the same of the others.
  for (const place of [1, 2, 3, 5, 9]) {
    const local = localKeyProvider(keys)
    let asked = 0
    const step = <T>(make: () => T): T => {
      asked++
      if (asked === place) throw new Error(`step ${place} failed`)
      return make()
    }
    const provider: KeyProvider = {
      describe: () => ({ id: `of step ${place}` }),
      wrap: (key, context) => step(() => local.wrap(key, context)),
      unwrap: (key, context) => step(() => local.unwrap(key, context))
    }
    const rotate = () => store.admin().rotate({ keys: provider })
    await expect(rotate()).rejects.toThrow('failed')
    expect(await readableIn(store, keys), `step ${place}`).toBe(3)
    const done = Math.floor((place - 1) / 3)
    expect(await rotate()).toMatchObject({ rewrapped: all - done, current: done })
    expect(await readableIn(store, keys)).toBe(3)
  }
}

const WRONG: readonly [Partial<{ [name in keyof KeyProvider]: () => unknown }>, RegExp][] = [
  [{ wrap: () => 'd3JhcHBlZA==' }, /wrap\(\) must give bytes/],
  [{ wrap: () => Promise.reject(new Error('sealed')) }, /sealed/],
  [{ wrap: () => new Uint8Array(74) }, /./],
  [{ describe: () => ({}) }, /describe\(\) must give \{ id \}/],
  [{ unwrap: () => new Uint8Array(32).fill(7) }, /unwrapped another key than k-/]
]

async function answeringWrong(store: ContentsStore): Promise<void> {
  const keys = newKeyFile()
  await talk(store, { keys }, 'u-1', 1)
  for (const [odd, message] of WRONG) {
    const local = localKeyProvider(keys)
    const provider = { ...local, describe: () => ({ id: 'new' }), ...odd } as KeyProvider
    await expect(store.admin().rotate({ keys: provider })).rejects.toThrow(message)
    expect(await readableIn(store, keys)).toBe(1)
  }
  expect(await store.admin().rotate({ keys })).toMatchObject({
    rewrapped: 0,
    current: 1 + (store.ownKeys ?? 0)
  })
}

async function wrongKey(store: ContentsStore): Promise<void> {
  const file = newKeyFile()
  await talk(store, { keys: file }, 'u-7', 1)
  const message = /unwrapped another key than k-[0-9a-f]{16}; see that it has the wrapping key/
  const right = localKeyProvider(file)
  let isRight = false
  const keys: KeyProvider = {
    ...right,
    unwrap: (wrapped, context) =>
      isRight ? right.unwrap(wrapped, context) : new Uint8Array(32).fill(7)
  }
  {
    await using reader = await store.read(keys)
    expect((await reader.verify()).flaw).toBeUndefined()
    const { items } = await reader.query({ kind: 'call' })
    const [found] = (await reader.get(items[0]?.auditId ?? ''))?.encrypted ?? []
    expect(found?.why).toMatch(message)
  }
  const { log, journal } = collectingLog(await store.open({ keys }))
  await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
  await expect(log.flush()).rejects.toMatchObject({ code: 'bad_key', message })
  isRight = true
  const isFlushed = () => log.flush().then(...([() => true, () => false] as const))
  await expect.poll(isFlushed, { timeout: 20_000 }).toBe(true)
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(await readableIn(store, file)).toBe(2)
}

async function wrongWrap(store: ContentsStore): Promise<void> {
  const file = newKeyFile()
  const right = localKeyProvider(file)
  let isRight = false
  const keys: KeyProvider = {
    ...right,
    wrap: (key, context) => right.wrap(isRight ? key : new Uint8Array(32).fill(7), context)
  }
  const { log, journal, problems } = collectingLog(await store.open({ keys }))
  await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
  const message = /does not open what it wrapped of k-[0-9a-f]{16}; see that wrap and unwrap/
  await expect(log.flush()).rejects.toMatchObject({ code: 'bad_key', message })
  expect(problems.map((problem) => problem.message).join()).toMatch(message)
  isRight = true
  const isFlushed = () => log.flush().then(...([() => true, () => false] as const))
  await expect.poll(isFlushed, { timeout: 20_000 }).toBe(true)
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(await readableIn(store, file)).toBe(1)
}

async function record(
  store: ContentsStore,
  keys: KeyProviderSource,
  policy: PolicyDocument,
  users: readonly string[]
): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open({ keys }), { policy })
  for (const user of users) {
    await log.withContext({ user, session: user }, () => log.record(request, async () => 'aye'))
  }
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
}

const halfYear: PolicyDocument = {
  retention: { default: 'short', classes: { short: { contents: 'P6M' } } },
  rules: [{ level: 'RequestResponse' }]
}

async function aging(store: ContentsStore): Promise<void> {
  const keys = newKeyFile()
  await record(store, keys, halfYear, ['u-7', 'u-8'])
  const now = new Date(Date.now() + 300 * 24 * 3_600_000)
  const admin = store.admin()
  await admin.hold({ incident: 'INC-7', scope: { user: 'u-7' }, ...SAID })
  expect(await admin.plan({ now })).toMatchObject({ keys: 1 })
  expect(await store.keys()).toEqual([true, true])
  expect(await admin.retain({ now })).toMatchObject({ keys: 1, incidents: ['INC-7'] })
  expect(await store.keys()).toEqual([true, false])
  expect(await readableIn(store, keys)).toBe(1)
  await admin.release({ incident: 'INC-7', ...SAID })
  expect(await admin.retain({ now })).toMatchObject({ keys: 1 })
  expect(await store.keys()).toEqual([false, false])
  await record(store, keys, halfYear, ['u-8'])
  expect(await readableIn(store, keys)).toBe(1)
  expect(await admin.retain()).toMatchObject({ keys: 0 })
}

const atOnce: PolicyDocument = {
  retention: { default: 'none', classes: { none: { contents: 'P0D' } } },
  rules: [{ level: 'RequestResponse' }]
}
const OFTEN = { everyHours: 1 / 36_000 }

async function scheduled(store: ContentsStore): Promise<void> {
  const { keys, asked } = newService()
  await record(store, keys, atOnce, ['u-7'])
  const opened = collectingLog(await store.open({ keys }, OFTEN), { policy: atOnce })
  const { log, journal, problems } = opened
  const told = () => asked.filter((each) => each.startsWith('destroy k-')).length
  await expect.poll(told, { timeout: 20_000 }).toBe(1)
  expect(await store.keys()).toEqual([false])
  await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'aye'))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
}
