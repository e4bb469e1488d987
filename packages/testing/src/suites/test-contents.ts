import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { localKeyProvider, newWrappingKey } from '@slm-audit/core/node'
import type { ContentsEncryption } from '@slm-audit/core/subjects'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import type { ContentsStore, ContentsSubject } from './contents-subject.ts'
import { newKeyFile, newService, talk, WORDS } from './contents-talk.ts'

const SAID = { reason: 'asked for', by: 'the officer' }

/**
 * Proves that a store encrypts what people say with keys of their own, shows it to whoever has the keys and to nobody else, and
 * makes it unreadable by destroying them; that users go by names which say nothing; and that a key service which is away costs
 * lag alone.
 */
export function testContents(subject: ContentsSubject): void {
  describe(`contents by subject in ${subject.name}`, () => {
    const storing = (run: (store: ContentsStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await run(store)
    }
    test('are stored nowhere, and are read with their keys', storing(areHidden))
    test('stay closed to whoever has no keys, or others', storing(stayClosed))
    test('go on being encrypted, with one key a subject', storing(goOn))
    test('of an erased subject have no key, and those of others have theirs', storing(areErased))
    test('stay, with key and name, while a hold keeps them', storing(areHeld))
    test('are of users who go by a random name, until they are erased', storing(haveNames))
    test('are wrapped with another key, and stay as they are', storing(areRotated))
    test('are said of calls as well: annotations are encrypted', storing(areAnnotated))
    test('are not taken for clean by a redaction, which cannot look through them', storing(refuse))
    test('wait for a key service that is away', storing(wait))
  })
}

/** Whether some words are anywhere in what is stored. */
async function isAnywhere(store: ContentsStore, words: RegExp): Promise<boolean> {
  return words.test(await store.everything())
}

/** What all calls of a user say, the newest first. */
async function saidBy(
  store: ContentsStore,
  { keys }: Pick<ContentsEncryption, 'keys'>,
  user: string
): Promise<string[]> {
  await using reader = await store.read(keys)
  const { items } = await reader.query({ user })
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  return calls.map((call) => JSON.stringify(call?.contents))
}

/** The names that a user's calls have in headers, newest first. */
async function namesOf(
  store: ContentsStore,
  { keys }: Pick<ContentsEncryption, 'keys'>,
  user: string
): Promise<(string | undefined)[]> {
  await using reader = await store.read(keys)
  const { items } = await reader.query({ user })
  return items.filter(({ kind }) => kind === 'call').map((each) => each.user)
}

async function areHidden(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  await talk(store, contents, 'ann-zwiebel')
  await talk(store, contents, 'bob-zwiebel')
  expect(await isAnywhere(store, /quetzalcoatl|ann-zwiebel|bob-zwiebel/)).toBe(false)
  await using reader = await store.read(contents.keys)
  const { items } = await reader.query({})
  expect(items[0]).toMatchObject({ question: `${WORDS} bob-zwiebel in turn 1`, answer: 'aye' })
  expect(items[0]?.encrypted).toBeUndefined()
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(call?.encrypted).toBeUndefined()
  expect(JSON.stringify(call?.contents)).toContain(`${WORDS} bob-zwiebel in turn 0`)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ absentContents: 0, unexplained: 0, encryptedContents: 0 })
}

async function stayClosed(store: ContentsStore): Promise<void> {
  await talk(store, { keys: newKeyFile() }, 'u-7')
  await using reader = await store.read()
  const { items } = await reader.query({})
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(items).toHaveLength(2)
  expect(items[0]?.encrypted).toMatch(/^k-/)
  expect(JSON.stringify([items, call?.contents])).not.toContain('quetzalcoatl')
  expect(call?.encrypted).toEqual([
    { name: 'input', key: expect.stringMatching(/^k-[0-9a-f]{16}$/) },
    { name: 'output', key: expect.stringMatching(/^k-/) }
  ])
  expect(call?.absent).toBeUndefined()
  expect((await reader.search('quetzalcoatl')).items).toEqual([])
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ absentContents: 0, unexplained: 0, encryptedContents: 4 })
  await using stranger = await store.read(newKeyFile())
  const [found] = (await stranger.get(items[0]?.auditId ?? ''))?.encrypted ?? []
  expect(found?.why).toMatch(/^k-.* was wrapped with w-.*, which is not in .*contents.keys; add/)
  expect((await stranger.verify()).encryptedContents).toBe(4)
}

async function goOn(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  await talk(store, contents, 'u-7')
  await talk(store, contents, 'u-7')
  await talk(store, contents, 'u-8', 1)
  expect(await store.keys()).toEqual([true, true])
  await expect(store.open()).rejects.toMatchObject({
    code: 'bad_key',
    message: expect.stringMatching(/contents of .* are encrypted; open it with their keys/)
  })
}

async function areErased(store: ContentsStore): Promise<void> {
  const { keys, asked } = newService()
  const contents = { keys }
  await talk(store, contents, 'u-7')
  const { log, journal, problems } = collectingLog(await store.open(contents))
  const call = (user: string) =>
    log.withContext({ user }, () =>
      log.record({ operation: 'chat', provider: 'test', input: `${WORDS} ${user}` }, async () => 1)
    )
  await call('u-7')
  await call('u-8')
  await log.flush()
  const erase = (dryRun: boolean) =>
    store.admin().erase({ scope: { user: 'u-7' }, ...SAID, dryRun })
  expect(await erase(true)).toMatchObject({ calls: 3, keys: 1 })
  expect(await store.keys()).toEqual([true, true])
  expect(await erase(false)).toMatchObject({ calls: 3, keys: 1 })
  expect(await store.keys()).toEqual([false, true])
  // The next call of the same subject, in an application that runs, has another key.
  await call('u-7')
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  expect(await store.keys()).toEqual([false, true, true])
  expect(await saidBy(store, contents, 'u-8')).toEqual([expect.stringContaining(`${WORDS} u-8`)])
  expect(await saidBy(store, contents, 'u-7')).toEqual([expect.stringContaining(`${WORDS} u-7`)])
  expect(asked.filter((each) => each.startsWith('destroy k-'))).toHaveLength(1)
  await using reader = await store.read(keys)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ unexplained: 0, encryptedContents: 0 })
}

async function areHeld(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  await talk(store, contents, 'u-7')
  const about = { incident: 'INC-7', reason: 'claim', by: 'Ann' }
  await store.admin().hold({ ...about, scope: { user: 'u-7' } })
  const names = await namesOf(store, contents, 'u-7')
  const erase = () => store.admin().erase({ scope: { user: 'u-7' }, ...SAID })
  expect(await erase()).toMatchObject({ keys: 0, incidents: ['INC-7'] })
  expect(await namesOf(store, contents, 'u-7')).toEqual(names)
  await talk(store, contents, 'u-7', 1)
  expect(await erase()).toMatchObject({ keys: 0, incidents: ['INC-7'] })
  expect(await saidBy(store, contents, 'u-7')).toHaveLength(3)
  await store.admin().release(about)
  expect(await erase()).toMatchObject({ calls: 3, keys: 1 })
  expect(await namesOf(store, contents, 'u-7')).toEqual([])
}

async function haveNames(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  for (const user of ['ann', 'ann', 'bob']) await talk(store, contents, user, 1)
  const [name = '', ...more] = await namesOf(store, contents, 'ann')
  expect(name).toMatch(/^p-[0-9a-f]{16}$/)
  expect(more).toEqual([name])
  expect(await namesOf(store, contents, name)).toHaveLength(2)
  expect(await namesOf(store, contents, 'bob')).not.toContain(name)
  await using reader = await store.read(contents.keys)
  const counted = await reader.stats({ filter: 'user:ann' })
  expect(counted.rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(2)
  await store.admin().erase({ scope: { user: 'ann' }, ...SAID })
  expect(await namesOf(store, contents, 'ann')).toEqual([])
  await talk(store, contents, 'ann', 1)
  const [next] = await namesOf(store, contents, 'ann')
  expect(next).toMatch(/^p-/)
  expect(next).not.toBe(name)
  expect(await namesOf(store, contents, 'bob')).toHaveLength(1)
}

async function areRotated(store: ContentsStore): Promise<void> {
  const old = newKeyFile()
  await talk(store, { keys: old }, 'u-7')
  await talk(store, { keys: old }, 'u-8')
  const before = await proofsOf(store)
  const both = newKeyFile()
  const [fresh, first] = [newWrappingKey(), localKeyProvider(old)]
  writeFileSync(both.file, `${fresh}\n${readFileSync(old.file, 'utf8')}`)
  const other = await expectRotated(store, both, first.describe().id)
  expect(await store.admin().rotate({ keys: both })).toMatchObject({ rewrapped: 0 })
  const alone = newKeyFile()
  writeFileSync(alone.file, `${fresh}\n`)
  expect(localKeyProvider(alone).describe().id).toBe(other)
  expect(await saidBy(store, { keys: alone }, 'u-7')).toHaveLength(2)
  await using reader = await store.read(alone)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report.encryptedContents).toBe(0)
  expect((await proofsOf(store)).slice(0, before.length)).toEqual(before)
  // The old key alone opens nothing any more, which is said.
  await using left = await store.read(old)
  expect((await left.verify()).encryptedContents).toBe(8)
  const wrong = newKeyFile()
  writeFileSync(wrong.file, `${randomBytes(32).toString('hex')}\n`)
  await expect(store.admin().rotate({ keys: wrong })).rejects.toMatchObject({ code: 'bad_key' })
}

async function expectRotated(
  store: ContentsStore,
  keys: { readonly file: string },
  before: string
): Promise<string> {
  const { rewrapped, current, wrappedBy } = await store.admin().rotate({ keys })
  expect(rewrapped).toBeGreaterThanOrEqual(2)
  expect(current).toBe(0)
  expect(wrappedBy).not.toBe(before)
  return wrappedBy
}

/** The headers of all calls, as text. */
async function proofsOf(store: ContentsStore): Promise<string[]> {
  await using reader = await store.read()
  const { items } = await reader.query({})
  const proved = await Promise.all(items.map(({ auditId }) => reader.prove(auditId)))
  return proved.flatMap((each) => each.map(({ record }) => record.header)).sort()
}

async function areAnnotated(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  await talk(store, contents, 'u-7', 1)
  await using reader = await store.read(contents.keys)
  const { items } = await reader.query({})
  const { auditId = '' } = items[0] ?? {}
  const annotation = { name: 'review', comment: 'xylophonist said so' }
  await store.admin().annotate({ calls: [auditId], annotation })
  expect(await isAnywhere(store, /xylophonist/)).toBe(false)
  await using later = await store.read(contents.keys)
  expect(JSON.stringify((await later.get(auditId))?.annotations)).toContain('xylophonist')
}

async function refuse(store: ContentsStore): Promise<void> {
  await talk(store, { keys: newKeyFile() }, 'u-7')
  const rule = { redact: [{ detectors: ['email'] }] }
  for (const dryRun of [true, false]) {
    const redacted = store.admin().redact({ rule, ...SAID, dryRun })
    await expect(redacted).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringMatching(/encrypted by data subject/)
    })
  }
}

async function wait(store: ContentsStore): Promise<void> {
  const { keys, state } = newService()
  const contents = { keys, deadlineMs: 200 }
  for (const is of ['down', 'hanging'] as const) {
    state.is = is
    const { log, journal, problems } = collectingLog(await store.open(contents))
    const request = {
      operation: 'chat',
      provider: 'test',
      model: 'm',
      input: `${WORDS} while ${is}`
    }
    await log.withContext({ user: is }, () => log.record(request, async () => 'aye'))
    await expect(log.flush()).rejects.toMatchObject({ code: 'bad_key' })
    expect(await isAnywhere(store, /quetzalcoatl/)).toBe(false)
    expect(problems.map(({ code }) => code)).toContain('bad_key')
    state.is = 'well'
    const isFlushed = () =>
      log.flush().then(
        () => true,
        () => false
      )
    await expect.poll(isFlushed, { timeout: 20_000 }).toBe(true)
    await log.close()
    await journal[Symbol.asyncDispose]()
    expect(await saidBy(store, contents, is)).toHaveLength(1)
  }
}
