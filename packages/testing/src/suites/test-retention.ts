import type { AuditLog, PolicyDocument } from '@slm-audit/core'
import { parseRecord } from '@slm-audit/core/journal'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RetainedStore, RetentionSubject } from './retention-subject.ts'

const MONTHS = 7 * 12
const DAY_MS = 86_400_000
/** Retention of a log of years takes a while on a machine that is busy. */
const TIMEOUT_MS = 180_000

const policy: PolicyDocument = {
  retention: {
    default: 'standard',
    classes: {
      standard: { contents: 'P6M', headers: 'P2Y' },
      health: { contents: 'P6Y', headers: 'P6Y', preset: 'hipaa' }
    }
  },
  rules: [
    { name: 'clinic', level: 'RequestResponse', match: { tenants: 'clinic' }, retention: 'health' },
    { name: 'rest', level: 'RequestResponse' }
  ]
}

const monthAt = (month: number): Date => new Date(Date.UTC(2030, month, 15))

/**
 * Proves that a store keeps what is recorded as long as its policy says and no longer, that holds beat it, and that what is
 * left verifies: seven years of a log, a month at a time.
 *
 * To be called in a vitest file.
 */
export function testRetention(subject: RetentionSubject): void {
  describe(`seven years of a log in ${subject.name}`, { timeout: TIMEOUT_MS }, () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['Date'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })
    test('contents and records go in their time, and proofs stay', async () =>
      await goesInItsTime(await subject.open(policy)))
    test('a floor keeps what is beside it, and a hold keeps what is due', async () =>
      await keepsWhatIsHeld(await subject.open(policy)))
  })
}

async function goesInItsTime(store: RetainedStore): Promise<void> {
  const { log, problems } = store
  const history: object[] = []
  let pruned = 0
  for (let month = 0; month < MONTHS; month++) {
    await recordMonth(log, month, history)
    if (month % 6 !== 5) continue
    await log.flush()
    pruned += (await retain(store, month)).pruned.records
    const verdict = await verdictOn(store)
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.unexplained).toBe(0)
  }
  await log.close()
  expect(problems).toEqual([])
  expect(pruned).toBeGreaterThan(1_000)
  expect((await verdictOn(store)).pruned).toBeGreaterThanOrEqual(pruned)
  expect(await stillWhole(store)).toEqual([])
  await using reader = await store.reader()
  expect((await reader.search('"asked in" "month-0"')).items).toEqual([])
  expect((await reader.search('month-83')).items.length).toBe(12)
  const [oldest] = await reader.facets('user', { beginning: 'u-0-' })
  expect(oldest).toBeUndefined()
  const { rows } = await reader.stats({})
  const calls = rows.reduce((sum, each) => sum + each.calls, 0)
  let ended = 0
  for await (const { header } of store.records()) if (header.includes('"stage":"complete"')) ended++
  expect(calls).toBe(ended)
  await store.check?.()
}

/** The indices of records that have contents past their time, or lack them before it. */
async function stillWhole(store: RetainedStore): Promise<number[]> {
  const now = monthAt(MONTHS - 1).getTime()
  const wrong: number[] = []
  for await (const sealed of store.records()) {
    const { at, stage, context } = parseRecord(sealed)
    if (stage === 'event') continue
    const days = (now - Date.parse(at)) / DAY_MS
    const isThere = sealed.contents.every(({ body }) => body !== undefined)
    // The conversation of the year may keep its parts for its later turns.
    const isOver = days > 190 && context?.user !== 'ann'
    if (isThere ? isOver : days < 180) wrong.push(sealed.index)
  }
  return wrong
}

async function keepsWhatIsHeld(store: RetainedStore): Promise<void> {
  const { log, admin } = store
  vi.setSystemTime(monthAt(0))
  await call(log, { tenant: 'clinic', user: 'p-1' }, 'of a patient')
  await call(log, { user: 'ann' }, 'held words')
  for (let each = 0; each < 254; each++) await call(log, { user: `u-${each}` }, 'of somebody')
  await log.flush()
  await admin.hold({ incident: 'INC-7', scope: { user: 'ann' }, reason: 'claim' })
  const year1 = await retain(store, 12)
  expect(year1).toMatchObject({ expired: { records: 508 }, pruned: { records: 0 }, held: 2 })
  await using reader = await store.reader()
  expect((await reader.search('patient')).items.length).toBe(1)
  expect((await reader.search('held')).items.length).toBe(1)
  expect(await retain(store, 30)).toMatchObject({ expired: { records: 0 }, pruned: { tiles: 1 } })
  await retain(store, 73)
  expect((await reader.search('patient')).items.length).toBe(0)
  await admin.release({ incident: 'INC-7', reason: 'over' })
  expect(await retain(store, 73)).toMatchObject({ held: 0, expired: { records: 2 } })
  expect((await verdictOn(store)).flaw).toBeUndefined()
  await log.close()
}

/** Runs retention, and sees that its plan said what it did. */
async function retain({ admin }: RetainedStore, month: number) {
  const now = monthAt(month)
  const planned = await admin.plan({ now })
  const done = await admin.retain({ now })
  expect(done).toEqual(planned)
  return done
}

/** One conversation a year, which has a turn each month, and calls of many people. */
async function recordMonth(log: AuditLog, month: number, history: object[]): Promise<void> {
  vi.setSystemTime(monthAt(month))
  if (month % 12 === 0) history.length = 0
  history.push({ role: 'user', content: `${longText(month)} month-${month}` })
  await call(log, { user: 'ann', session: `year ${Math.floor(month / 12)}` }, history)
  for (let each = 0; each < 11; each++) {
    await call(log, { user: `u-${month}-${each}` }, `asked in month-${month}`)
  }
}

/** A text of which a store may keep one copy for all turns. */
function longText(turn: number): string {
  const word = (at: number) => `turn${(turn * 7919 + at * 104_729) % 99_991}`
  return Array.from({ length: 60 }, (_, at) => word(at)).join(' ')
}

async function call(log: AuditLog, context: object, input: unknown): Promise<void> {
  const request = { operation: 'chat', provider: 'test', model: 'm', input: structuredClone(input) }
  await log.withContext(context, () => log.record(request, async () => 'an answer'))
}

async function verdictOn(store: RetainedStore) {
  await using reader = await store.reader()
  return await reader.verify()
}
