import { type Journal, parseRecord, type SealedRecord } from '@slm-audit/core'
import type { PendingRecord } from '@slm-audit/core/journal'
import { checkRecord } from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { pendingRecords } from '../fixtures/pending-records.ts'
import type { JournalStore, JournalSubject } from './journal-subject.ts'
import { testCursors } from './test-cursors.ts'
import { testIf } from './test-if.ts'

/**
 * Proves that a journal keeps its contract (`Journal` of the core): order, all of a batch or none,
 * retries without duplicates, reading beside writing, contents as they were, and, where the subject
 * says so, reopening and several journals on one store. A journal that keeps cursors must keep
 * theirs (`Cursors`), too.
 *
 * To be called in a vitest file.
 */
export function testJournal(subject: JournalSubject): void {
  const shared = testIf(subject.isShared)
  const durable = testIf(subject.isDurable)
  describe(`the journal ${subject.name}`, () => {
    test('stores appends in the order of the calls, sealed', () => on(subject, storesInOrder))
    test('stores all of a batch, or none of it', () => on(subject, storesAllOrNone))
    test('stores a batch that is sent again once', () => on(subject, storesOnce))
    test('stores and refuses what nobody waits for like anything else', () =>
      on(subject, storesWithDeferredAck))
    test('reads to the size at the call, beside appends', () => on(subject, readsBesideAppends))
    test('keeps contents as they were', () => on(subject, keepsContents))
    test('drains without a turn of the loop', () => on(subject, drains))
    test('refuses appends once it is closed', () => on(subject, refusesOnceClosed))
    durable('opened again, has what was stored and goes on', () => on(subject, goesOn))
    shared('beside another on the same store, gives each record its own place', () =>
      on(subject, shares)
    )
    testCursors(subject)
  })
}

async function on(
  subject: JournalSubject,
  run: (journal: Journal, store: JournalStore) => Promise<void>
): Promise<void> {
  await using store = await subject.make()
  await using journal = await store.open()
  await run(journal, store)
}

/** All records, checked: no hole in the order, leaf hashes and commitments right. */
async function readAll(journal: Journal, from = 0): Promise<SealedRecord[]> {
  const records: SealedRecord[] = []
  for await (const sealed of journal.read(from)) {
    expect(checkRecord(sealed, from + records.length)).toBeUndefined()
    records.push(sealed)
  }
  return records
}

const keyOf = ({ auditId, stage }: { readonly auditId: string; readonly stage: string }) =>
  `${auditId} ${stage}`
const keysOf = (records: readonly SealedRecord[]) => records.map((each) => keyOf(parseRecord(each)))
const keysOfPending = (pending: readonly PendingRecord[]) =>
  pending.map(({ record }) => keyOf(record))
const inputs = (count: number) => Array.from({ length: count }, (_, index) => `question ${index}`)

/** A pending record that no journal can store: its header is too large. */
async function tooLarge(): Promise<PendingRecord> {
  const [one] = await pendingRecords(['x'])
  if (!one) throw new Error('no pending record')
  return { ...one, tail: `"model":{"name":"${'x'.repeat(70_000)}"},${one.tail}` }
}

async function storesInOrder(journal: Journal): Promise<void> {
  const before = await journal.size()
  const pending = await pendingRecords(inputs(25))
  const appends: Promise<void>[] = []
  for (let at = 0; at < pending.length; at += 3)
    appends.push(journal.append(pending.slice(at, at + 3)))
  await Promise.all(appends)
  await journal.append([])
  expect(await journal.size()).toBe(before + 50)
  const records = await readAll(journal)
  expect(keysOf(records.slice(before))).toEqual(keysOfPending(pending))
  expect(records.every((each) => parseRecord(each).log.origin === journal.origin)).toBe(true)
  expect(await readAll(journal, before + 10)).toEqual(records.slice(before + 10))
}

async function storesAllOrNone(journal: Journal): Promise<void> {
  const before = await journal.size()
  const pending = await pendingRecords(inputs(4))
  const batch = [...pending.slice(0, 3), await tooLarge(), ...pending.slice(3)]
  await expect(journal.append(batch)).rejects.toHaveProperty('code')
  expect(await journal.size()).toBe(before)
  await journal.append(pending.map((one) => ({ ...one, retried: true })))
  expect(keysOf((await readAll(journal)).slice(before))).toEqual(keysOfPending(pending))
}

async function storesOnce(journal: Journal): Promise<void> {
  const before = await journal.size()
  const pending = await pendingRecords(inputs(6))
  await journal.append(pending.slice(0, 5))
  await journal.append(pending.slice(3).map((one) => ({ ...one, retried: true })))
  expect(keysOf((await readAll(journal)).slice(before))).toEqual(keysOfPending(pending))
}

async function storesWithDeferredAck(journal: Journal): Promise<void> {
  const before = await journal.size()
  const pending = await pendingRecords(inputs(4))
  const appends = [
    journal.append(pending.slice(0, 3), true),
    journal.append([await tooLarge()], true),
    journal.append(pending.slice(3, 5), true),
    journal.append(pending.slice(5), true)
  ]
  const ends = (await Promise.allSettled(appends)).map(({ status }) => status)
  expect(ends).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(keysOf((await readAll(journal)).slice(before))).toEqual(keysOfPending(pending))
}

async function readsBesideAppends(journal: Journal): Promise<void> {
  const pending = await pendingRecords(inputs(40))
  await journal.append(pending.slice(0, 30))
  const size = await journal.size()
  const seen: number[] = []
  const appends: Promise<void>[] = []
  for await (const { index } of journal.read(size - 30)) {
    if (seen.length % 10 === 0) {
      const from = 30 + appends.length * 10
      appends.push(journal.append(pending.slice(from, from + 10)))
    }
    seen.push(index)
  }
  await Promise.all(appends)
  // How far a reader sees that began before an append is the journal's own choice of moment.
  expect(seen.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, at) => size - 30 + at))
  expect(seen.length).toBeLessThanOrEqual(40)
  expect(await journal.size()).toBe(size + 30)
  for await (const sealed of journal.read()) {
    expect(sealed.index).toBe(0)
    break
  }
  await readAll(journal)
}

async function keepsContents(journal: Journal): Promise<void> {
  const before = await journal.size()
  const [one] = await pendingRecords(['x'])
  if (!one) throw new Error('no pending record')
  const contents = [
    { name: 'input', type: 'text/plain', body: 'x'.repeat(5_000_000) },
    { name: 'image', type: 'image/png', body: Uint8Array.of(0, 255, 13, 10, 128) },
    { name: 'empty', type: 'text/plain', body: '' },
    { name: 'words', type: 'text/plain', body: 'é 語 \u{1F600} \u0000 end' },
    ...Array.from({ length: 20 }, (_, at) => ({
      name: `part${String(at).padStart(2, '0')}`,
      type: 'application/json',
      body: `[${at}]`
    }))
  ]
  await journal.append([{ ...one, contents }])
  const [sealed] = await readAll(journal, before)
  const bodies = new Map(sealed?.contents.map(({ name, type, body }) => [name, { type, body }]))
  expect(bodies.size).toBe(contents.length)
  for (const { name, type, body } of contents) {
    const stored = bodies.get(name)
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    expect(stored?.type).toBe(type)
    expect(Buffer.compare(stored?.body ?? new Uint8Array(1), bytes)).toBe(0)
  }
}

async function drains(journal: Journal): Promise<void> {
  const before = await journal.size()
  const pending = await pendingRecords(inputs(10))
  const appended = journal.append(pending)
  if (journal.drainSync) expect(journal.drainSync(20_000)).toBe(true)
  await appended
  expect(await journal.size()).toBe(before + 20)
}

async function refusesOnceClosed(journal: Journal): Promise<void> {
  const pending = await pendingRecords(inputs(1))
  await journal.append(pending)
  await journal[Symbol.asyncDispose]()
  await journal[Symbol.asyncDispose]()
  await expect(journal.append(pending)).rejects.toMatchObject({ code: 'closed' })
}

async function goesOn(journal: Journal, store: JournalStore): Promise<void> {
  const pending = await pendingRecords(inputs(10))
  await journal.append(pending.slice(0, 12))
  const { origin } = journal
  const before = await readAll(journal)
  await journal[Symbol.asyncDispose]()
  await using again = await store.open()
  expect(again.origin).toBe(origin)
  expect((await readAll(again)).slice(0, before.length)).toEqual(before)
  await again.append(pending.slice(10).map((one) => ({ ...one, retried: true })))
  const ours = new Set(keysOfPending(pending))
  const stored = keysOf(await readAll(again)).filter((key) => ours.has(key))
  expect(stored).toEqual(keysOfPending(pending))
}

async function shares(journal: Journal, store: JournalStore): Promise<void> {
  await using other = await store.open()
  const pending = await pendingRecords(inputs(20))
  const before = await journal.size()
  const appends: Promise<void>[] = []
  for (let at = 0; at < pending.length; at += 4) {
    appends.push((at % 8 === 0 ? journal : other).append(pending.slice(at, at + 4)))
  }
  await Promise.all(appends)
  expect(await other.size()).toBe(await journal.size())
  const records = await readAll(journal)
  expect(await readAll(other)).toEqual(records)
  const keys = keysOf(records.slice(before))
  expect(keys.toSorted()).toEqual(keysOfPending(pending).toSorted())
  const byFirst = keys.filter((key) => keysOfPending(pending).indexOf(key) % 8 < 4)
  expect(byFirst).toEqual(keysOfPending(pending).filter((_, at) => at % 8 < 4))
}
