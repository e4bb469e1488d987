import { setTimeout } from 'node:timers/promises'
import { type Journal, memoryJournal, parseRecord } from '@slm-audit/core'
import type { PendingRecord } from '@slm-audit/core/journal'
import { describe, expect, test, vi } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** A journal over one in memory, whose next appends do what `faults` say. */
function faultyJournal(faults: ('fail' | 'store and fail' | 'hang')[]) {
  const inner = memoryJournal()
  const journal: Journal = {
    origin: inner.origin,
    size: () => inner.size(),
    read: (from) => inner.read(from),
    async append(pending: readonly PendingRecord[]) {
      const fault = faults.shift()
      if (fault === 'hang') return new Promise(() => {})
      if (fault !== 'fail') await inner.append(pending)
      if (fault) throw new Error('disk full')
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose]()
  }
  return { journal, inner }
}

describe('delivery to the journal', () => {
  test('a thread that is stopped for long between any two steps still stores what waits', async () => {
    const { log, journal } = newLog()
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000))
    try {
      await log.record(chat, async () => 'yes')
      await log.flush()
    } finally {
      clock.mockRestore()
    }
    expect(journal.records).toHaveLength(2)
  })

  test('records that keep coming wait no longer than the window', async () => {
    const { log, journal } = newLog()
    const append = vi.spyOn(journal, 'append')
    for (let index = 0; index < 200; index++) {
      log.open(chat)
      await setTimeout(1)
    }
    expect(append.mock.calls.length).toBeGreaterThan(4)
    await log.close()
  })

  test('a batch of large records ends early, so that copying it takes no long stretch', async () => {
    const { log, journal } = newLog({ windowMs: 0 })
    const append = vi.spyOn(journal, 'append')
    const input = 'x'.repeat(300_000)
    for (let index = 0; index < 8; index++) log.open({ ...chat, input })
    await log.flush()
    expect(append.mock.calls.map(([pending]) => pending.length)).toEqual([4, 4])
    await log.close()
  })

  test.each(['fail', 'store and fail'] as const)(
    'a journal that does "%s" twice ends up with every record once, in order within a call',
    async (fault) => {
      const { journal, inner } = faultyJournal([fault, fault])
      const { log, problems } = newLog({ journal, windowMs: 0 })
      for (let index = 0; index < 20; index++)
        await log.record({ ...chat, input: index }, async () => index)
      await expect.poll(() => inner.records).toHaveLength(40)
      await log.close()
      const calls = callsOf(inner.records)
      expect(calls).toHaveLength(20)
      expect(
        calls.every(({ stage, indices }) => stage === 'complete' && indices.length === 2)
      ).toBe(true)
      expect(problems.map(({ code }) => code)).toEqual(['journal_failed'])
    }
  )

  test('a full queue loses records in the open: the host goes on, a gap counts them', async () => {
    const faults: 'fail'[] = ['fail']
    const { journal, inner } = faultyJournal(faults)
    const { log, problems } = newLog({ journal, maxRecords: 4, windowMs: 1 })
    for (let index = 0; index < 5; index++) log.open(chat).complete({ output: index })
    await expect.poll(() => inner.records.length).toBeGreaterThan(0)
    await log.close()
    const gap = inner.records.map(parseRecord).find(({ kind }) => kind === 'gap')
    expect(gap?.event).toMatchObject({ records: 6 })
    const { since, until } = gap?.event ?? {}
    expect([since, until].map((time) => Date.now() - Date.parse(String(time)) < 60_000)).toEqual([
      true,
      true
    ])
    expect(problems.filter(({ code }) => code === 'queue_full')).toHaveLength(1)
  })

  test('flush rejects while the journal fails, close reports it and resolves', async () => {
    const { journal } = faultyJournal(Array.from({ length: 50 }, () => 'fail' as const))
    const { log, problems } = newLog({ journal, deadlineMs: 100 })
    await log.record(chat, async () => 1)
    await expect(log.flush()).rejects.toMatchObject({ code: 'journal_failed' })
    await log.close()
    expect(problems.at(-1)?.message).toMatch(/^2 records were lost at close/)
  })

  test('an onProblem that throws does not reach the host', async () => {
    const { journal } = faultyJournal(['fail'])
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { log } = newLog({
      journal,
      onProblem: () => {
        throw new Error('mine')
      }
    })
    await log.record(chat, async () => 1)
    await log.close()
    expect(warned.mock.calls.flat()).toContainEqual(expect.stringMatching(/onProblem threw: mine/))
    warned.mockRestore()
  })
})

describe('modes', () => {
  test('blocking: the answer waits for its record', async () => {
    const { log, journal } = newLog({ mode: 'blocking', windowMs: 1000 })
    await log.record(chat, async () => 1)
    expect(journal.records).toHaveLength(2)
    await log.close()
  })

  test('blocking: a hanging journal delays the answer only until the deadline', async () => {
    const { journal } = faultyJournal(['hang'])
    const { log, problems } = newLog({ journal, mode: 'blocking', deadlineMs: 30 })
    expect(await log.record(chat, async () => 'answer')).toBe('answer')
    expect(problems.map(({ code }) => code)).toEqual(['not_recorded'])
  })

  test('blocking: calls that wait in vain are told of once, and again after one that did not', async () => {
    const slow = 1_000
    const inner = memoryJournal()
    let waits = [slow, slow]
    const append: typeof inner.append = async (records) => {
      await setTimeout(waits.shift() ?? 0)
      await inner.append(records)
    }
    const { log, problems } = newLog({
      journal: { ...inner, append },
      mode: 'blocking',
      deadlineMs: 400
    })
    const codes = () => problems.map(({ code }) => code)
    await Promise.all(Array.from({ length: 20 }, (_, at) => log.record(chat, async () => at)))
    expect(codes()).toEqual(['not_recorded'])
    await expect.poll(() => inner.records.length, { timeout: 10_000 }).toBe(40)
    waits = []
    await log.record(chat, async () => 'in time')
    waits = [slow]
    await log.record(chat, async () => 'late')
    expect(codes()).toEqual(['not_recorded', 'not_recorded'])
    await log.close()
  })

  test('blocking-strict: no record, no call', async () => {
    const { journal } = faultyJournal(['fail', 'fail', 'fail', 'fail', 'fail'])
    const { log } = newLog({ journal, mode: 'blocking-strict', deadlineMs: 40 })
    const run = vi.fn(async () => 1)
    await expect(log.record(chat, run)).rejects.toMatchObject({ code: 'not_recorded' })
    expect(run).not.toHaveBeenCalled()
  })

  test('blocking-strict: the model runs once received is stored', async () => {
    const { log, journal } = newLog({ mode: 'blocking-strict' })
    await log.record(chat, async () => expect(journal.records).toHaveLength(1))
    expect(journal.records).toHaveLength(2)
    await log.close()
  })
})

describe('a journal without room', () => {
  /** Takes small records only, as a disk does that is almost full. */
  function fullJournal() {
    const { journal, inner } = faultyJournal([])
    const append = journal.append.bind(journal)
    journal.append = async (pending) => {
      const length = pending.flatMap(({ contents }) => contents).map(({ body }) => body.length)
      if (length.some((each) => each > 1000)) throw new Error('disk full')
      await append(pending)
    }
    return { journal, inner }
  }

  test('until the end stores what fits, in the order of each call, and counts the rest in a gap', async () => {
    const { journal, inner } = fullJournal()
    const { log, problems } = newLog({ journal, deadlineMs: 2_000 })
    const large = 'x'.repeat(2000)
    for (const input of [large, 'small', large]) {
      await log.record({ ...chat, input }, async () => 'short')
    }
    await expect.poll(() => inner.records, { timeout: 5_000 }).toHaveLength(2)
    await log.close()
    const records = inner.records.map((sealed) => parseRecord(sealed))
    expect(records.map(({ kind, stage }) => `${kind} ${stage}`)).toEqual([
      'call received',
      'call complete',
      'gap event'
    ])
    expect(records.at(-1)?.event).toMatchObject({ records: 4 })
    expect(problems.at(-1)?.message).toMatch(/^4 records were lost at close: .*disk full/)
  })
})
