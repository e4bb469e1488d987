import type { AuditContext } from '@slm-audit/core'
import {
  CONTENTS_REDACTED,
  parseRecord,
  type RedactionRule,
  type RedactOptions,
  type SealedRecord
} from '@slm-audit/core/journal'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../../fakes/collecting-log.ts'
import { recordTurn } from '../../fixtures/two-conversations.ts'
import type { UpkeepStore, UpkeepSubject } from '../upkeep-subject.ts'

const SAID = { reason: 'a rule was missing', by: 'the officer' }
const EMAILS: RedactionRule = { redact: [{ detectors: ['email'], operator: 'remove' }] }
const NUMBERS: RedactionRule = { redact: [{ detectors: ['iban'], operator: 'mask' }] }
const ANN: AuditContext = { user: 'ann', session: 'a-1', tenant: 'nord' }
const BEN: AuditContext = { user: 'ben', session: 'b-1', tenant: 'nord' }
const ADDRESS = 'ann@example.org'
const IBAN = 'DE89370400440532013000'

/**
 * Proves that a store puts another form of what a rule finds in the place of what is stored, and nothing else; that turns which
 * share it, annotations and earlier redactions are meant, that holds keep it, and that the log verifies as before.
 */
export function testRedaction(subject: UpkeepSubject): void {
  describe(`redaction in ${subject.name}`, () => {
    const storing = (run: (store: UpkeepStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await recordTalks(store)
      await run(store)
    }
    test(
      'puts another form in the place of what is found, and every record verifies',
      storing(redacts)
    )
    test('rehearses without changing anything, and finds nothing twice', storing(rehearses))
    test('stores what other turns become that share what is found', storing(redactsShared))
    test('finds in what an earlier redaction has left', storing(redactsAgain))
    test('what a redaction left goes with an erasure', storing(erasesRedacted))
    test('leaves what is held until that is released', storing(holds))
    test('goes on beside an application that writes', storing(goesOnBeside))
    test('refuses a rule that is none, an empty scope and a missing reason', storing(refuses))
  })
}

/** Two turns of Ann, who says her address in the first, with a note of it; and one of Ben, who has an account and no address. */
async function recordTalks(store: UpkeepStore): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open())
  await log.withContext(ANN, async () => {
    const messages = [{ role: 'user', content: `write to ${ADDRESS} of ${IBAN} please` }]
    await recordTurn(log, messages, 'letters answered')
    messages.push({ role: 'user', content: 'and greetings' })
    await recordTurn(log, messages, `sent to ${ADDRESS}`)
  })
  await log.withContext(BEN, () =>
    recordTurn(log, [{ role: 'user', content: `pay ${IBAN} please` }], 'paid letters')
  )
  await log.flush()
  const [first] = await idsOf(store, 'ann')
  log.annotate(first ?? '', { note: `they are ${ADDRESS} of ${IBAN}, who complained` })
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
}

async function redacts(store: UpkeepStore): Promise<void> {
  const before = await recordsOf(store)
  const report = await redact(store)
  // The message, the answer and the note; two turns, and the note.
  expect(report).toMatchObject({ calls: 3, contents: 3, held: 0, incidents: [], spoolsLeft: 0 })
  await using reader = await store.read()
  const [first = '', second = ''] = await idsOf(store, 'ann')
  const message = { role: 'user', content: `write to ⟨email⟩ of ${IBAN} please` }
  const turn = await reader.get(first)
  expect(turn?.contents.input).toEqual({ messages: [message] })
  expect(turn?.absent).toBeUndefined()
  expect(turn?.flaw).toBeUndefined()
  expect(turn?.annotations?.[0]?.says.note).toBe(`they are ⟨email⟩ of ${IBAN}, who complained`)
  const next = await reader.get(second)
  const greeting = { role: 'user', content: 'and greetings' }
  expect(next?.contents.input).toEqual({ messages: [message, greeting] })
  expect(JSON.stringify(next?.contents.output)).toContain('sent to ⟨email⟩')
  expect(next?.record.altered).toContainEqual(
    expect.objectContaining({ detector: 'email', operator: 'remove', what: 'erased' })
  )
  expect(await found(store, ADDRESS)).toBe(0)
  for (const words of ['write', 'please', '"sent to"', 'greetings', 'complained']) {
    expect([words, await found(store, words)]).not.toEqual([words, 0])
  }
  const page = await reader.query({ user: 'ann' })
  expect(page.items.map(({ question }) => question)).toContain(message.content)
  const records = await recordsOf(store)
  expect(records.slice(0, before.length).map(({ header }) => header)).toEqual(
    before.map(({ header }) => header)
  )
  expect(textsIn(records)).not.toContain(ADDRESS)
  // Headers say neither what was found nor who asked.
  const added = records.slice(before.length).map(({ header }) => header)
  expect(added.join()).not.toMatch(/example\.org|officer|was missing/)
  expect(textsIn(records)).toMatch(/the officer/)
  await verifies(store)
}

async function rehearses(store: UpkeepStore): Promise<void> {
  const { length } = await recordsOf(store)
  const { calls, contents } = await redact(store, { dryRun: true })
  expect(await recordsOf(store)).toHaveLength(length)
  expect(await found(store, `"${ADDRESS}"`)).not.toBe(0)
  expect(await redact(store)).toMatchObject({ calls, contents })
  const after = await recordsOf(store)
  expect(await redact(store, { dryRun: true })).toMatchObject({ calls: 0, contents: 0 })
  expect(await redact(store)).toMatchObject({ calls: 0, contents: 0 })
  const nobody = await redact(store, { rule: NUMBERS, scope: { user: 'nobody' } })
  expect(nobody).toMatchObject({ calls: 0, contents: 0 })
  expect(await recordsOf(store)).toHaveLength(after.length)
}

async function redactsShared(store: UpkeepStore): Promise<void> {
  const [first = '', second = ''] = await idsOf(store, 'ann')
  const scope = { calls: [first] }
  const { calls, contents } = await redact(store, { scope, dryRun: true })
  expect(await redact(store, { scope })).toMatchObject({ calls, contents })
  await using reader = await store.read()
  const turn = await reader.get(second)
  expect(turn?.absent).toBeUndefined()
  expect(JSON.stringify(turn?.contents.input)).toMatch(/write to ⟨email⟩.*greetings/)
  // Its own answer was not meant.
  expect(JSON.stringify(turn?.contents.output)).toContain(ADDRESS)
  expect(JSON.stringify((await reader.get(first))?.contents)).not.toContain(ADDRESS)
  // Ben's account was not asked for, and then alone.
  const accounts = await redact(store, { rule: NUMBERS, scope: { user: 'ben' } })
  expect(accounts).toMatchObject({ calls: 1, contents: 1 })
  expect(JSON.stringify((await reader.get(first))?.contents)).toContain(IBAN)
  await verifies(store)
}

async function redactsAgain(store: UpkeepStore): Promise<void> {
  await redact(store)
  const report = await redact(store, { rule: NUMBERS, scope: { user: 'ann' } })
  // Two turns, and what is said of the first.
  expect(report.calls).toBe(3)
  await using reader = await store.read()
  for (const id of await idsOf(store, 'ann')) {
    const turn = await reader.get(id)
    expect(turn?.absent).toBeUndefined()
    expect(JSON.stringify(turn?.contents.input)).toMatch(/write to ⟨email⟩ of .*please/)
    expect(JSON.stringify(turn?.contents)).not.toContain(IBAN)
  }
  const [first = ''] = await idsOf(store, 'ann')
  const said = (await reader.get(first))?.annotations?.[0]?.says.note
  expect(said).toMatch(/^they are ⟨email⟩ of .*, who complained$/)
  expect(await found(store, `"${IBAN}"`)).toBe(1)
  expect(await found(store, 'complained')).toBe(1)
  await verifies(store)
}

async function erasesRedacted(store: UpkeepStore): Promise<void> {
  await redact(store)
  await store.admin().erase({ scope: { user: 'ann' }, ...SAID })
  const kept = (await recordsOf(store)).filter(
    (sealed) => parseRecord(sealed).kind === CONTENTS_REDACTED
  )
  expect(kept).not.toEqual([])
  expect(textsIn(kept)).toBe('')
  await using reader = await store.read()
  for (const id of await idsOf(store, 'ann')) {
    expect((await reader.get(id))?.contents).toEqual({})
  }
  expect(await found(store, 'greetings')).toBe(0)
  expect(await found(store, 'pay')).toBe(1)
  await verifies(store)
}

async function holds(store: UpkeepStore): Promise<void> {
  const [, second = ''] = await idsOf(store, 'ann')
  const admin = store.admin()
  await admin.hold({ incident: 'INC-7', scope: { calls: [second] }, ...SAID })
  // What the first turn shares with it is held with it; the note is not.
  const kept = { contents: 1, held: 2, incidents: ['INC-7'] }
  expect(await redact(store, { dryRun: true })).toMatchObject(kept)
  expect(await redact(store)).toMatchObject(kept)
  await using reader = await store.read()
  const held = await reader.get(second)
  expect(held?.absent).toBeUndefined()
  expect(JSON.stringify(held?.contents.input)).toContain(ADDRESS)
  await admin.release({ incident: 'INC-7', ...SAID })
  expect(await redact(store)).toMatchObject({ calls: 2, contents: 2, held: 0 })
  expect(textsIn(await recordsOf(store))).not.toContain(ADDRESS)
  await verifies(store)
}

async function goesOnBeside(store: UpkeepStore): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open())
  const messages = [{ role: 'user', content: `write to ${ADDRESS} of ${IBAN} please` }]
  await log.withContext(ANN, () => recordTurn(log, messages, 'third answered'))
  await log.flush()
  expect(await redact(store)).toMatchObject({ calls: 4 })
  expect(textsIn(await recordsOf(store))).not.toContain(ADDRESS)
  messages.push({ role: 'user', content: 'later words' })
  await log.withContext(ANN, () => recordTurn(log, messages, 'later'))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  // What is said again is stored again, and found by the next run.
  expect(await redact(store)).toMatchObject({ calls: 1 })
  await using reader = await store.read()
  const ids = await idsOf(store, 'ann')
  expect(ids).toHaveLength(4)
  for (const id of ids) expect((await reader.get(id))?.absent).toBeUndefined()
  expect(textsIn(await recordsOf(store))).not.toContain(ADDRESS)
  await verifies(store)
}

async function refuses(store: UpkeepStore): Promise<void> {
  const all: readonly (readonly [Partial<Asked>, string])[] = [
    [{ rule: {} }, 'bad_option'],
    [{ rule: { redact: [{ detectors: 'nothing' }] } as never }, 'bad_policy'],
    [{ reason: ' ' }, 'bad_option'],
    [{ scope: {} }, 'bad_option'],
    [{ scope: { user: '' } }, 'bad_option']
  ]
  for (const [more, code] of all) {
    await expect(redact(store, more)).rejects.toMatchObject({ code })
  }
  expect(textsIn(await recordsOf(store))).toContain(ADDRESS)
}

type Asked = Omit<RedactOptions, 'signer' | 'keyFile' | 'stateFolder'>

function redact(store: UpkeepStore, more: Partial<Asked> = {}) {
  return store.admin().redact({ rule: EMAILS, ...SAID, ...more })
}

/** The calls of a user, the oldest first. */
async function idsOf(store: UpkeepStore, user: string): Promise<string[]> {
  await using reader = await store.read()
  const { items } = await reader.query({ user })
  return items.map(({ auditId }) => auditId).reverse()
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

function textsIn(records: readonly SealedRecord[]): string {
  const contents = records.flatMap((sealed) => sealed.contents)
  const bodies = contents.flatMap(({ body, parts = [] }) => [body, ...parts.map((one) => one.body)])
  return bodies.flatMap((body) => (body ? new TextDecoder().decode(body) : [])).join('\n')
}
