import { parseRecord, readErasure, type SealedRecord } from '@slm-audit/core/journal'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import { recordTurn, recordTwoConversations } from '../fixtures/two-conversations.ts'
import type { UpkeepStore, UpkeepSubject } from './upkeep-subject.ts'

const SAID = { reason: 'asked for', by: 'the officer' }

/**
 * Proves that whoever looks after a store erases what is meant, and nothing else; that holds keep it; and that the log says
 * so and verifies as before.
 */
export function testUpkeep(subject: UpkeepSubject): void {
  describe(`upkeep of ${subject.name}`, () => {
    const storing = (run: (store: UpkeepStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await recordTwoConversations(await store.open())
      await run(store)
    }
    test('erases a person and nobody else, and every record verifies', storing(erasesPerson))
    test('rehearses without changing anything, and finds nothing twice', storing(rehearses))
    test('erases one call with what its conversation shares of it', storing(erasesCall))
    test('erases by session, by tenant, and what is said of calls', storing(erasesOthers))
    test('keeps what is held until that is released', storing(holds))
    test('goes on beside an application that writes', storing(goesOnBeside))
    test('means the person that is named, whatever the name', storing(erasesOddNames))
    test('refuses a scope that means everything, and a missing reason', storing(refuses))
  })
}

async function erasesPerson(store: UpkeepStore): Promise<void> {
  const before = await recordsOf(store)
  const report = await store.admin().erase({ scope: { user: 'alice' }, ...SAID })
  expect(report).toMatchObject({ calls: 2, records: 4, sharing: 0, held: 0, keys: 0 })
  expect(report.contents).toBeGreaterThan(3)
  expect(report.bytes).toBeGreaterThan('first alicewords'.length)
  await using reader = await store.read()
  expect(await found(store, 'alicewords')).toBe(0)
  expect(await found(store, 'bobwords')).toBe(2)
  const { items } = await reader.query({ user: 'alice' })
  expect(items).toHaveLength(2)
  expect(JSON.stringify(items)).not.toMatch(/alicewords/)
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(call?.absent?.map(({ name }) => name).sort()).toEqual(['input', 'output'])
  const records = await recordsOf(store)
  expect(records.slice(0, before.length).map(({ header }) => header)).toEqual(
    before.map(({ header }) => header)
  )
  expect(textsIn(records)).not.toMatch(/alicewords/)
  // Nothing is left by which words could be tried against what headers commit to.
  const contents = records.filter(isOf('alice')).flatMap((sealed) => sealed.contents)
  const salts = contents.flatMap(({ salt, parts = [] }) => [salt, ...parts.map((one) => one.salt)])
  expect(salts.every((salt) => !salt || salt.length === 0)).toBe(true)
  // The record names neither whom it is about nor who asked where headers are read.
  const erasures = records.slice(before.length).filter(({ header }) => header.includes('"erased"'))
  expect(new Set(erasures.flatMap((each) => readErasure(each).records)).size).toBe(4)
  expect(erasures.map(({ header }) => header).join()).not.toMatch(/alice|officer|asked for/)
  expect(parseRecord(erasures[0] ?? { header: '{}' }).event).toMatchObject({ scope: 'user' })
  expect(textsIn(erasures)).toMatch(/the officer/)
  await verifies(store)
}

async function rehearses(store: UpkeepStore): Promise<void> {
  const erase = (dryRun: boolean) =>
    store.admin().erase({ scope: { user: 'alice' }, ...SAID, dryRun })
  const { isLogEmpty: _, ...rehearsed } = await erase(true)
  expect(await found(store, 'alicewords')).toBe(2)
  expect(await erase(false)).toMatchObject(rehearsed)
  const { length } = await recordsOf(store)
  expect(await erase(false)).toMatchObject({ calls: 2, contents: 0, bytes: 0 })
  const nobody = await store.admin().erase({ scope: { user: 'nobody' }, ...SAID })
  expect(nobody).toMatchObject({ calls: 0, records: 0, contents: 0 })
  expect(await recordsOf(store)).toHaveLength(length)
}

async function erasesCall(store: UpkeepStore): Promise<void> {
  await using reader = await store.read()
  const { items } = await reader.query({ user: 'alice' })
  const first = items.at(-1)?.auditId ?? ''
  const report = await store.admin().erase({ scope: { calls: [first] }, ...SAID })
  expect(report).toMatchObject({ calls: 1, sharing: 1 })
  expect(await found(store, '"first alicewords"')).toBe(0)
  const records = textsIn(await recordsOf(store))
  expect(records).not.toMatch(/first alicewords/)
  expect(records).toMatch(/second alicewords/)
  // A reader that was open before shows nothing of it either.
  const second = await reader.get(items[0]?.auditId ?? '')
  expect(second?.absent).toMatchObject([{ name: 'input' }])
  expect(JSON.stringify(await reader.query({ user: 'alice' }))).not.toMatch(/first alicewords/)
  await verifies(store)
}

async function erasesOthers(store: UpkeepStore): Promise<void> {
  const { log, journal } = collectingLog(await store.open())
  await using reader = await store.read()
  const { items } = await reader.query({ user: 'alice' })
  log.annotate(items[0]?.auditId ?? '', { note: 'alicewords were rude', review: 'rejected' })
  await log.flush()
  await log.close()
  await journal[Symbol.asyncDispose]()
  const session = await store.admin().erase({ scope: { session: 'a-1' }, ...SAID })
  expect(session).toMatchObject({ calls: 2, records: 5 })
  expect(textsIn(await recordsOf(store))).not.toMatch(/alicewords/)
  const tenant = await store.admin().erase({ scope: { tenant: 'nord', user: 'bob' }, ...SAID })
  expect(tenant).toMatchObject({ calls: 2, records: 4 })
  expect(textsIn(await recordsOf(store))).not.toMatch(/bobwords/)
  await verifies(store)
}

/** The same letters as two kinds of Unicode, a word of JavaScript, and what is no Unicode text; then those who stay. */
const ODD_NAMES = ['a\u0301', '__proto__', '\ud800', '\u00e1', 'constructor', '\u0000']
const ERASED_NAMES = 3

async function erasesOddNames(store: UpkeepStore): Promise<void> {
  const { log, journal } = collectingLog(await store.open())
  for (const [at, user] of ODD_NAMES.entries()) {
    const request = { operation: 'chat', provider: 'test', input: `words${at}end` }
    await log.withContext({ user }, () => log.record(request, async () => 'aye'))
  }
  await log.flush()
  await log.close()
  await journal[Symbol.asyncDispose]()
  for (const user of ODD_NAMES.slice(0, ERASED_NAMES)) {
    expect(await store.admin().erase({ scope: { user }, ...SAID })).toMatchObject({ records: 2 })
  }
  const texts = textsIn(await recordsOf(store))
  expect(texts.match(/words\dend/g)).toEqual(['words3end', 'words4end', 'words5end'])
  await verifies(store)
}

async function holds(store: UpkeepStore): Promise<void> {
  await using reader = await store.read()
  const { items } = await reader.query({ user: 'alice' })
  const second = items[0]?.auditId ?? ''
  const admin = store.admin()
  await admin.hold({ incident: 'INC-7', scope: { calls: [second] }, ...SAID })
  expect(await admin.holds()).toMatchObject([{ incident: 'INC-7', scopeName: 'call', ...SAID }])
  const kept = await admin.erase({ scope: { user: 'alice' }, ...SAID })
  expect(kept).toMatchObject({ calls: 1, records: 2, held: 2, incidents: ['INC-7'] })
  // What the second call shares with the first is held with it.
  expect(textsIn(await recordsOf(store))).toMatch(/first alicewords/)
  expect((await reader.get(second))?.absent).toBeUndefined()
  expect(await admin.release({ incident: 'INC-8', ...SAID })).toBe(0)
  expect(await admin.release({ incident: 'INC-7', ...SAID })).toBe(1)
  expect(await admin.holds()).toEqual([])
  await admin.hold({ incident: 'INC-9', scope: { user: 'bob' }, ...SAID })
  const rest = await admin.erase({ scope: { user: 'alice' }, ...SAID })
  expect(rest).toMatchObject({ held: 0 })
  expect(textsIn(await recordsOf(store))).not.toMatch(/alicewords/)
  // A person is held with what is still to come.
  const { log, journal } = collectingLog(await store.open())
  const messages = [{ role: 'user', content: 'third bobwords' }]
  await log.withContext({ user: 'bob', session: 'b-2' }, () => recordTurn(log, messages, 'yes'))
  await log.close()
  await journal[Symbol.asyncDispose]()
  const none = await admin.erase({ scope: { user: 'bob' }, ...SAID })
  expect(none).toMatchObject({ contents: 0, held: 6, incidents: ['INC-9'] })
  expect(await found(store, 'bobwords')).toBe(3)
  await verifies(store)
}

async function goesOnBeside(store: UpkeepStore): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open())
  const context = { user: 'alice', session: 'a-1', tenant: 'nord' }
  const messages = [{ role: 'user', content: 'third alicewords' }]
  await log.withContext(context, () => recordTurn(log, messages, 'yes'))
  await log.flush()
  await store.admin().erase({ scope: { user: 'alice' }, ...SAID })
  expect(textsIn(await recordsOf(store))).not.toMatch(/alicewords/)
  // A later turn that repeats what is gone brings its own bytes, under salts of its own.
  messages.push({ role: 'user', content: 'later words' })
  await log.withContext(context, () => recordTurn(log, messages, 'later'))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  expect(await found(store, '"later words"')).toBe(1)
  await using reader = await store.read()
  const { items } = await reader.query({ user: 'alice' })
  expect((await reader.get(items[0]?.auditId ?? ''))?.absent).toBeUndefined()
  expect((await reader.get(items[1]?.auditId ?? ''))?.absent).toHaveLength(2)
  await verifies(store)
}

async function refuses(store: UpkeepStore): Promise<void> {
  const admin = store.admin()
  const all: readonly Promise<unknown>[] = [
    admin.erase({ scope: {}, ...SAID }),
    admin.erase({ scope: { user: '' }, ...SAID }),
    admin.erase({ scope: { user: 'alice' }, ...SAID, reason: ' ' }),
    admin.hold({ incident: 'INC-7', scope: {}, ...SAID }),
    admin.hold({ incident: 'an incident', scope: { user: 'alice' }, ...SAID }),
    admin.release({ incident: 'INC-7', ...SAID, reason: '' })
  ]
  for (const each of all) await expect(each).rejects.toMatchObject({ code: 'bad_option' })
  expect(await found(store, 'alicewords')).toBe(2)
}

/** Nothing is wrong with the log, and records say where all went that is gone. */
async function verifies(store: UpkeepStore): Promise<void> {
  await using reader = await store.read()
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ unexplained: 0, unsigned: 0, strays: 0, signedLate: [] })
}

async function found(store: UpkeepStore, words: string): Promise<number> {
  await using reader = await store.read()
  return (await reader.search(words)).items.length
}

async function recordsOf(store: UpkeepStore): Promise<SealedRecord[]> {
  await using journal = await store.open()
  const records: SealedRecord[] = []
  for await (const sealed of journal.read()) records.push(sealed)
  return records
}

function isOf(user: string): (sealed: SealedRecord) => boolean {
  return (sealed) => parseRecord(sealed).context?.user === user
}

function textsIn(records: readonly SealedRecord[]): string {
  const contents = records.flatMap((sealed) => sealed.contents)
  const bodies = contents.flatMap(({ body, parts = [] }) => [body, ...parts.map((one) => one.body)])
  return bodies.map((body) => new TextDecoder().decode(body)).join('\n')
}
