import { statSync } from 'node:fs'
import type { AuditLog, PolicyDocument } from '@slm-audit/core'
import { parseRecord } from '@slm-audit/core/journal'
import {
  addHold,
  applyRetention,
  checkIndex,
  openReader,
  planRetention,
  releaseHold
} from '@slm-audit/sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sealedIn, verdictOn, words } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

const MONTHS = 7 * 12

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

async function call(log: AuditLog, context: object, input: unknown): Promise<void> {
  const request = { operation: 'chat', provider: 'test', model: 'm', input: structuredClone(input) }
  await log.withContext(context, () => log.record(request, async () => 'an answer'))
}

/** Runs retention, and sees that its plan said what it did. */
async function retain(file: string, month: number) {
  const now = monthAt(month)
  const planned = await planRetention(file, { now })
  const done = await applyRetention(file, { now })
  expect(done).toEqual(planned)
  return done
}

describe('seven years of a log', { timeout: 120_000 }, () => {
  let file = ''
  beforeEach(() => {
    file = freshFile()
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** One conversation a year, which has a turn each month, and calls of many people. */
  async function recordMonth(log: AuditLog, month: number, history: object[]): Promise<void> {
    vi.setSystemTime(monthAt(month))
    if (month % 12 === 0) history.length = 0
    history.push({ role: 'user', content: `${words(month, 'turn')} month-${month}` })
    await call(log, { user: 'ann', session: `year ${Math.floor(month / 12)}` }, history)
    for (let each = 0; each < 11; each++) {
      await call(log, { user: `u-${month}-${each}` }, `asked in month-${month}`)
    }
  }

  test('contents and records go in their time, proofs stay, and the log shrinks', async () => {
    const { log, problems } = await openLog({ file }, { policy })
    const history: object[] = []
    let largest = 0
    let pruned = 0
    for (let month = 0; month < MONTHS; month++) {
      await recordMonth(log, month, history)
      if (month % 6 !== 5) continue
      await log.flush()
      const report = await retain(file, month)
      pruned += report.pruned.records
      largest = Math.max(largest, statSync(file).size)
      const verdict = await verdictOn(file)
      expect(verdict.flaw).toBeUndefined()
      expect(verdict.unexplained).toBe(0)
    }
    await log.close()
    expect(problems).toEqual([])
    expect(pruned).toBeGreaterThan(1_000)
    expect((await verdictOn(file)).pruned).toBeGreaterThanOrEqual(pruned)
    const now = monthAt(MONTHS - 1).getTime()
    const day = 86_400_000
    for (const sealed of sealedIn(file)) {
      const { at, stage } = parseRecord(sealed)
      if (stage === 'event') continue
      const days = (now - Date.parse(at)) / day
      const isThere = sealed.contents.every(({ body }) => body !== undefined)
      if (days < 180) expect(isThere).toBe(true)
      // The conversation of the year keeps its parts for its later turns.
      if (days > 190 && !sealed.header.includes('"user":"ann"')) expect(isThere).toBe(false)
    }
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
    await using reader = await openReader(file)
    expect((await reader.search('"asked in" "month-0"')).items).toEqual([])
    expect((await reader.search('month-83')).items.length).toBe(12)
    const [oldest] = await reader.facets('user', { beginning: 'u-0-' })
    expect(oldest).toBeUndefined()
    const { rows } = await reader.stats({})
    const calls = rows.reduce((sum, each) => sum + each.calls, 0)
    const ended = [...sealedIn(file)].filter(({ header }) => header.includes('"stage":"complete"'))
    expect(calls).toBe(ended.length)
  })

  test('a floor keeps what is beside it, and a hold keeps what is due', async () => {
    const { log } = await openLog({ file }, { policy })
    vi.setSystemTime(monthAt(0))
    await call(log, { tenant: 'clinic', user: 'p-1' }, 'of a patient')
    await call(log, { user: 'ann' }, 'held words')
    for (let each = 0; each < 254; each++) await call(log, { user: `u-${each}` }, 'of somebody')
    await log.flush()
    await addHold(file, { incident: 'INC-7', scope: { user: 'ann' }, reason: 'claim' })
    const year1 = await retain(file, 12)
    expect(year1).toMatchObject({ expired: { records: 508 }, pruned: { records: 0 }, held: 2 })
    await using reader = await openReader(file)
    expect((await reader.search('patient')).items.length).toBe(1)
    expect((await reader.search('held')).items.length).toBe(1)
    expect(await retain(file, 30)).toMatchObject({ expired: { records: 0 }, pruned: { tiles: 1 } })
    await retain(file, 73)
    expect((await reader.search('patient')).items.length).toBe(0)
    await releaseHold(file, { incident: 'INC-7', reason: 'over' })
    expect(await retain(file, 73)).toMatchObject({ held: 0, expired: { records: 2 } })
    expect((await verdictOn(file)).flaw).toBeUndefined()
    await log.close()
  })
})
