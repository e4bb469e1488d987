import type { AuditContext } from '@slm-audit/core'
import type { ContentsEncryption } from '@slm-audit/core/subjects'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../../fakes/collecting-log.ts'
import type { ContentsStore, ContentsSubject } from '../contents-subject.ts'
import { newKeyFile, WORDS } from '../contents-talk.ts'

const SAID = { reason: 'asked for', by: 'the officer' }
const request = { operation: 'chat', provider: 'test', model: 'm', input: WORDS }
const PSEUDONYM = /^p-[0-9a-f]{16}$/

/**
 * Proves of a store that `testContents` holds for that its users go by pseudonyms in all that is stored, whatever their contents are
 * encrypted with; that nobody goes on by one that was erased; and that users are found, held and erased by all their names.
 */
export function testContentNames(subject: ContentsSubject): void {
  describe(`names of users in ${subject.name}`, () => {
    const storing = (run: (store: ContentsStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await run(store)
    }
    test('are the same in each batch, also of many sessions', storing(stayTheSame))
    test('are replaced where they are no Unicode text', storing(oddNames))
    test('that are erased are those of no later call, in a log that is open', storing(goneAtOnce))
    test('stay where a session alone is erased', storing(stayWithOthers))
    test('from before the log was encrypted are meant as well', storing(fromBefore))
    test.each([
      ['nobody', []],
      ['a session alone', [{ session: 'S-1' }]]
    ])('are held before their first call, of a log that has recorded %s', async (_, before) => {
      await using store = await subject.make()
      await heldBefore(store, before)
    })
  })
}

/** A log that is open, and a function that stores a call in a context before it resolves. */
async function opened(store: ContentsStore, contents?: ContentsEncryption) {
  const { log, journal, problems } = collectingLog(await store.open(contents))
  return {
    async call(context: AuditContext): Promise<void> {
      await log.withContext(context, () => log.record(request, async () => 'aye'))
      await log.flush()
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await log.close()
      await journal[Symbol.asyncDispose]()
      expect(problems).toEqual([])
    }
  }
}

/** The users that the headers of calls name, newest first; of all calls, or of those that a filter finds. */
async function usersIn(
  store: ContentsStore,
  { keys }: Pick<ContentsEncryption, 'keys'>,
  filter = ''
): Promise<(string | undefined)[]> {
  await using reader = await store.read(keys)
  expect((await reader.verify()).flaw).toBeUndefined()
  const { items } = await reader.query(filter, { limit: 100 })
  return items.filter(({ kind }) => kind === 'call').map(({ user }) => user)
}

async function stayTheSame(store: ContentsStore): Promise<void> {
  const contents: ContentsEncryption = { keys: newKeyFile(), subjects: ['session'] }
  {
    await using log = await opened(store, contents)
    for (const session of ['S-1', 'S-2', 'S-3']) await log.call({ user: 'ann-zwiebel', session })
    await log.call({ user: 'bob-zwiebel', session: 'S-1' })
    await log.call({ user: 'ann-zwiebel', session: 'S-1' })
  }
  const [last, bob, ...ann] = await usersIn(store, contents)
  expect(last).toMatch(PSEUDONYM)
  expect(bob).toMatch(PSEUDONYM)
  expect(bob).not.toBe(last)
  expect(ann).toEqual([last, last, last])
  expect(await store.everything()).not.toContain('zwiebel')
}

async function oddNames(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  {
    await using log = await opened(store, contents)
    await log.call({ user: 'zwiebel \ud800 half' })
    await log.call({ user: 'zwiebel "quoted" \\ \u2028' })
  }
  const users = await usersIn(store, contents)
  expect(users).toEqual([expect.stringMatching(PSEUDONYM), expect.stringMatching(PSEUDONYM)])
  expect(await store.everything()).not.toContain('zwiebel')
  await store.admin().erase({ scope: { user: 'zwiebel \ud800 half' }, ...SAID })
  expect(await usersIn(store, contents, `user:${users[1]}`)).toEqual([users[1]])
}

async function goneAtOnce(store: ContentsStore): Promise<void> {
  const contents: ContentsEncryption = { keys: newKeyFile(), subjects: ['session'] }
  const [first = '', second, third] = await (async () => {
    await using log = await opened(store, contents)
    const next = async () => {
      await log.call({ user: 'ann', session: 'S-1' })
      return (await usersIn(store, contents))[0]
    }
    const before = await next()
    await store.admin().erase({ scope: { user: 'ann' }, ...SAID })
    const other = await next()
    // Whoever knows nothing but the pseudonym may ask as well.
    await store.admin().erase({ scope: { user: other ?? '' }, ...SAID })
    return [before, other, await next()]
  })()
  expect([first, second, third]).toEqual(Array(3).fill(expect.stringMatching(PSEUDONYM)))
  expect(new Set([first, second, third]).size).toBe(3)
  expect(await usersIn(store, contents, 'user:ann')).toEqual([third])
}

async function stayWithOthers(store: ContentsStore): Promise<void> {
  const contents: ContentsEncryption = { keys: newKeyFile() }
  await using log = await opened(store, contents)
  await log.call({ user: 'ann', session: 'S-1' })
  await log.call({ user: 'ann', session: 'S-2' })
  const [name] = await usersIn(store, contents)
  await store.admin().erase({ scope: { user: 'ann', session: 'S-1' }, ...SAID })
  await log.call({ user: 'ann', session: 'S-3' })
  expect(await usersIn(store, contents, 'user:ann')).toEqual([name, name, name])
  expect(await store.admin().erase({ scope: { user: 'ann' }, ...SAID })).toMatchObject({
    calls: 3,
    contents: 4
  })
}

async function heldBefore(store: ContentsStore, before: readonly AuditContext[]): Promise<void> {
  const contents = { keys: newKeyFile() }
  {
    await using log = await opened(store, contents)
    for (const context of before) await log.call(context)
  }
  const about = { incident: 'INC-7', reason: 'claim', by: 'Ann' }
  await store.admin().hold({ ...about, scope: { user: 'ann' } })
  {
    await using log = await opened(store, contents)
    await log.call({ user: 'ann' })
  }
  expect(await usersIn(store, contents, 'user:ann')).toEqual([expect.stringMatching(PSEUDONYM)])
  const erase = () => store.admin().erase({ scope: { user: 'ann' }, ...SAID })
  expect(await erase()).toMatchObject({ contents: 0, held: 2, incidents: ['INC-7'] })
  await store.admin().release(about)
  expect(await erase()).toMatchObject({ calls: 1, held: 0 })
}

async function fromBefore(store: ContentsStore): Promise<void> {
  const contents = { keys: newKeyFile() }
  {
    await using plain = await opened(store)
    await plain.call({ user: 'ann' })
    await plain.call({ user: 'bob' })
  }
  await using log = await opened(store, contents)
  await log.call({ user: 'ann' })
  await log.call({ user: 'bob' })
  const [bob, ann] = await usersIn(store, contents)
  expect(await usersIn(store, contents, 'user:ann')).toEqual([ann, 'ann'])
  const about = { incident: 'INC-7', ...SAID }
  const admin = store.admin()
  await admin.hold({ ...about, scope: { user: 'ann' } })
  const erase = (dryRun = false) => admin.erase({ scope: { user: 'ann' }, ...SAID, dryRun })
  expect(await erase()).toMatchObject({ calls: 0, held: 4, incidents: ['INC-7'] })
  await admin.release(about)
  expect(await erase(true)).toMatchObject({ calls: 2, contents: 4, keys: 1 })
  expect(await erase()).toMatchObject({ calls: 2, contents: 4, keys: 1 })
  await using reader = await store.read(contents.keys)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ absentContents: 4, unexplained: 0 })
  expect(await usersIn(store, contents, 'user:bob')).toEqual([bob, 'bob'])
}
