import type { Journal } from '@slm-audit/core'
import type { Cursors } from '@slm-audit/core/journal'
import type { ExporterState } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'
import type { JournalStore, JournalSubject } from './journal-subject.ts'
import { testIf } from './test-if.ts'

const BEGIN: ExporterState = { next: 0, delivered: 0, failures: 0 }
const LATER: ExporterState = {
  next: 7,
  delivered: 7,
  failures: 2,
  rate: 120,
  storedAt: '2026-01-31T08:00:00.000Z',
  lastError: { at: '2026-01-31T08:01:00.000Z', message: 'HTTP 503' }
}

/** Registers the tests of a journal's cursors; those of a journal without any pass. */
export function testCursors(subject: JournalSubject): void {
  test('keeps where its exporters are', () => on(subject, keepsStates))
  test('has one holder an exporter', () => on(subject, hasOneHolder))
  test('changes a cursor only where it is expected', () => on(subject, changesAsExpected))
  testIf(subject.isDurable)('keeps cursors over reopening, claims not', () =>
    on(subject, keepsOverReopening)
  )
  testIf(subject.isShared)('has one holder an exporter among several journals', () =>
    on(subject, hasOneHolderAmongSeveral)
  )
}

async function on(
  subject: JournalSubject,
  run: (cursors: Cursors, journal: Journal, store: JournalStore) => Promise<void>
): Promise<void> {
  await using store = await subject.make()
  await using journal = await store.open()
  const { cursors } = journal
  if (!cursors) return
  expect(cursors.isDurable).toBe(subject.isDurable)
  await run(cursors, journal, store)
}

async function keepsStates(cursors: Cursors): Promise<void> {
  expect(await cursors.load('a')).toBeUndefined()
  expect(await cursors.setAside('a')).toEqual([])
  expect(await cursors.claim('a', 'me')).toBe(true)
  expect(await cursors.save('a', 'me', { expected: undefined, state: BEGIN })).toBe(true)
  expect(await cursors.load('a')).toEqual(BEGIN)
  const second = { index: 6, at: '2026-01-31T08:00:00.000Z', reason: 'no' }
  const first = { ...second, index: 2 }
  for (const setAside of [second, first, { ...second, reason: 'no, again' }]) {
    const expected = (await cursors.load('a'))?.next
    expect(await cursors.save('a', 'me', { expected, state: LATER, setAside })).toBe(true)
  }
  expect(await cursors.load('a')).toEqual(LATER)
  expect(await cursors.setAside('a')).toEqual([first, { ...second, reason: 'no, again' }])
  expect(await cursors.load('b')).toBeUndefined()
}

async function hasOneHolder(cursors: Cursors): Promise<void> {
  expect(await cursors.claim('a', 'me')).toBe(true)
  expect(await cursors.claim('a', 'me')).toBe(true)
  expect(await cursors.claim('a', 'you')).toBe(false)
  expect(await cursors.claim('b', 'you')).toBe(true)
  expect(await cursors.save('a', 'you', { expected: undefined, state: BEGIN })).toBe(false)
  await cursors.release('a', 'you')
  expect(await cursors.claim('a', 'you')).toBe(false)
  await cursors.release('a', 'me')
  expect(await cursors.claim('a', 'you')).toBe(true)
  expect(await cursors.save('a', 'me', { expected: undefined, state: BEGIN })).toBe(false)
  expect(await cursors.load('a')).toBeUndefined()
}

async function changesAsExpected(cursors: Cursors): Promise<void> {
  await cursors.claim('a', 'me')
  expect(await cursors.save('a', 'me', { expected: 0, state: LATER })).toBe(false)
  expect(await cursors.save('a', 'me', { expected: undefined, state: BEGIN })).toBe(true)
  expect(await cursors.save('a', 'me', { expected: undefined, state: LATER })).toBe(false)
  const setAside = { index: 1, at: '2026-01-31T08:00:00.000Z', reason: 'no' }
  expect(await cursors.save('a', 'me', { expected: 5, state: LATER, setAside })).toBe(false)
  expect(await cursors.load('a')).toEqual(BEGIN)
  expect(await cursors.setAside('a')).toEqual([])
}

async function keepsOverReopening(
  cursors: Cursors,
  journal: Journal,
  store: JournalStore
): Promise<void> {
  const setAside = { index: 1, at: '2026-01-31T08:00:00.000Z', reason: 'no' }
  await cursors.claim('a', 'me')
  await cursors.save('a', 'me', { expected: undefined, state: LATER, setAside })
  await journal[Symbol.asyncDispose]()
  await using again = await store.open()
  expect(await again.cursors?.load('a')).toEqual(LATER)
  expect(await again.cursors?.setAside('a')).toEqual([setAside])
  expect(await again.cursors?.claim('a', 'you')).toBe(true)
}

async function hasOneHolderAmongSeveral(
  cursors: Cursors,
  journal: Journal,
  store: JournalStore
): Promise<void> {
  await using other = await store.open()
  expect(await cursors.claim('a', 'me')).toBe(true)
  expect(await other.cursors?.claim('a', 'you')).toBe(false)
  expect(await other.cursors?.save('a', 'you', { expected: undefined, state: BEGIN })).toBe(false)
  await journal[Symbol.asyncDispose]()
  expect(await other.cursors?.claim('a', 'you')).toBe(true)
}
