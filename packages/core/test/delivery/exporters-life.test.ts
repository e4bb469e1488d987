import { createAuditLog, defineExporter, memoryJournal, parseRecord } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { describe, expect, test, vi } from 'vitest'
import { kindsOf, quick, record, retry, sink, upTo } from '../exporter-helpers.ts'
import { chat, newLog } from '../helpers.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const ever = (count = 1000) => Array.from({ length: count }, () => retry)

describe('an exporter and its log', () => {
  test('the place is kept: another log goes on where the first one stopped', async () => {
    const journal = memoryJournal()
    const lasting = { ...journal, [Symbol.asyncDispose]: async () => {} }
    const first = sink()
    const one = newLog({ journal: lasting })
    one.log.addExporter(first.exporter, quick)
    await record(one.log, 2)
    await one.log.close()
    const second = sink()
    const two = newLog({ journal: lasting, exporters: [{ exporter: second.exporter, ...quick }] })
    await record(two.log, 2)
    await two.log.close()
    expect([first.indices(), second.indices()]).toEqual([upTo(4), [4, 5, 6, 7]])
    expect([first.state.disposed, second.state.disposed]).toEqual([1, 1])
  })

  test('of two logs with one exporter on one journal, one delivers, then the other', async () => {
    const journal = memoryJournal()
    const lasting = { ...journal, [Symbol.asyncDispose]: async () => {} }
    const [left, right] = [sink(), sink()]
    const one = newLog({ journal: lasting })
    const two = newLog({ journal: lasting })
    one.log.addExporter(left.exporter, quick)
    await one.log.flush()
    two.log.addExporter(right.exporter, quick)
    await record(one.log, 2)
    await record(two.log, 2)
    await two.log.flush()
    await one.log.close()
    expect([left.indices(), right.indices()]).toEqual([upTo(8), []])
    await record(two.log, 1)
    await two.log.flush()
    expect(right.indices()).toEqual([8, 9])
    await two.log.close()
  })

  test('begins with what there is, or with what comes', async () => {
    const { log } = newLog()
    await record(log, 2)
    await log.flush()
    const [all, fresh] = [sink([], 'all'), sink([], 'fresh')]
    log.addExporter(all.exporter, quick)
    log.addExporter(fresh.exporter, { ...quick, from: 'now' })
    await record(log, 1)
    await log.close()
    expect([all.indices(), fresh.indices()]).toEqual([upTo(6), [4, 5]])
  })

  test('one that is down does not hold up calls, flush or close, nor other exporters', async () => {
    const { log, problems } = newLog({ deadlineMs: 60_000 })
    const [down, up] = [sink(ever(), 'down'), sink([], 'up')]
    log.addExporter(down.exporter, { ...quick, firstRetryMs: 30_000, lastRetryMs: 30_000 })
    log.addExporter(up.exporter, quick)
    await record(log, 5)
    await expect.poll(() => down.seen.length).toBe(1)
    const from = performance.now()
    await log.flush()
    await log.close()
    expect(performance.now() - from).toBeLessThan(10_000)
    expect(up.indices()).toEqual(upTo(10))
    expect(problems.map(({ message }) => message)).toEqual([
      'down failed and is tried again: not now',
      expect.stringMatching(/^10 records were not delivered to down when the log closed/)
    ])
  })

  test('close waits for one that hangs until the deadline only, and aborts it', async () => {
    const { log } = newLog({ deadlineMs: 50 })
    const aborted = vi.fn()
    const { exporter, state, seen } = sink([
      (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', aborted)
        })
    ])
    log.addExporter({ ...exporter, [Symbol.asyncDispose]: () => new Promise(() => {}) }, quick)
    await record(log, 1)
    await expect.poll(() => seen.length).toBe(1)
    const from = performance.now()
    await log.close()
    expect(performance.now() - from).toBeGreaterThan(40)
    expect(aborted).toHaveBeenCalledOnce()
    expect(state.disposed).toBe(0)
  })

  test('close delivers what is there, also while the other end wants a moment', async () => {
    const { log } = newLog()
    const { exporter, indices } = sink([{ ...retry, afterMs: 30 }])
    log.addExporter(exporter, { ...quick, delayMs: 60_000 })
    await record(log, 2)
    await log.close()
    expect(indices()).toEqual(upTo(4))
  })

  test('disposing what addExporter returned stops that exporter alone', async () => {
    const { log } = newLog()
    const { exporter, indices, state } = sink()
    await using other = log.addExporter(sink([], 'other').exporter)
    const handle = log.addExporter(exporter, quick)
    await record(log, 1)
    await log.flush()
    await handle[Symbol.asyncDispose]()
    await record(log, 1)
    await log.flush()
    expect([indices(), state.disposed]).toEqual([[0, 1], 1])
    expect(other).toBeDefined()
    log.addExporter(exporter, quick)
    await log.close()
    expect(indices()).toEqual(upTo(4))
  })

  test('a sink that is down for 20 seconds costs lag, no record and no order', async () => {
    const clock = { now: 0, timers: new Map<() => void, number>() }
    const platform = {
      ...nodePlatform(),
      defer(run: () => void, delayMs: number) {
        if (delayMs === 0) return nodePlatform().defer(run, 0)
        clock.timers.set(run, clock.now + delayMs)
        return () => void clock.timers.delete(run)
      }
    }
    const journal = memoryJournal()
    const problems: string[] = []
    const log = createAuditLog({
      journal,
      platform,
      windowMs: 0,
      onProblem: ({ message }) => void problems.push(message)
    })
    const { exporter, indices, seen } = sink()
    const flaky = defineExporter({
      name: 'flaky',
      export: (batch, signal) =>
        clock.now < 20_000 ? { ...retry } : exporter.export(batch, signal)
    })
    log.addExporter(flaky)
    for (let step = 0; step < 200; step++) {
      if (step < 100) for (let call = 0; call < 5; call++) log.open(chat).complete({ output: step })
      while (journal.records.length < Math.min(step + 1, 100) * 10) await turn()
      await turn()
      clock.now += 500
      for (const [run, at] of clock.timers) {
        if (at > clock.now) continue
        clock.timers.delete(run)
        run()
      }
    }
    expect(indices()).toEqual(upTo(1000))
    expect(Math.max(...seen.map(({ length }) => length))).toBe(200)
    expect(problems).toEqual(['flaky failed and is tried again: not now'])
    await log.close()
  })
})

describe('without a durable journal', () => {
  test('a bounded one keeps the newest, and a gap counts what an exporter missed', async () => {
    const journal = memoryJournal({ maxRecords: 10 })
    const { log } = newLog({ journal })
    const { exporter, records, indices } = sink(ever(2))
    await record(log, 20)
    await log.flush()
    expect(journal.records.map(({ index }) => index)).toEqual(upTo(40).slice(30))
    log.addExporter(exporter, quick)
    await expect.poll(() => kindsOf(records)).toContain('gap')
    await log.close()
    const gaps = records.map(parseRecord).filter(({ kind }) => kind === 'gap')
    expect(gaps[0]?.event).toEqual({ exporter: 'sink', from: 0, records: 30 })
    // A gap takes the place of a record, which is missed, too, where it was not yet read.
    const missed = gaps.reduce((sum, { event }) => sum + Number(event?.['records']), 0)
    expect(indices()).toEqual(upTo(await journal.size()).slice(missed))
  })

  test('bytes bound it, too', async () => {
    const journal = memoryJournal({ maxBytes: 20_000 })
    const { log } = newLog({ journal })
    for (let index = 0; index < 10; index++) {
      await log.record({ ...chat, input: 'x'.repeat(4_000) }, async () => 1)
    }
    await log.close()
    expect(journal.records.length).toBeLessThan(10)
    expect(journal.records.at(-1)?.index).toBe(19)
    expect(() => memoryJournal({ maxRecords: 0 })).toThrow(
      /maxRecords must be a number of at least/
    )
  })
})

describe('bad exporters and options are explained', () => {
  const { exporter } = sink()
  test.each([
    [{}, {}, /an exporter must be one, for instance defineExporter/],
    [{ ...exporter, name: 'a b' }, {}, /name must be 1 to 64 letters.*not "a b"/],
    [{ ...exporter, [Symbol.asyncDispose]: 1 }, {}, /sink has no \[Symbol.asyncDispose\]/],
    [exporter, { batchsize: 1 }, /no option batchsize; did you mean batchSize/],
    [exporter, { batchSize: 0 }, /batchSize must be a number of at least 1/],
    [exporter, { from: 'end' }, /from must be start or now/],
    [exporter, { stages: 'complete' }, /stages must be a list of strings/]
  ])('%#', async (bad, options, message) => {
    const { log } = newLog()
    expect(() => log.addExporter(bad as never, options as never)).toThrow(message)
    const entry = { exporter: bad, ...options } as never
    expect(() => newLog({ exporters: [entry] })).toThrow(message)
    await log.close()
    expect(() => log.addExporter(exporter)).toThrow(/the audit log is closed/)
  })

  test('two of one name', () => {
    const { log } = newLog()
    log.addExporter(exporter)
    expect(() => log.addExporter(sink().exporter)).toThrow(/there is an exporter sink already/)
    expect(() => defineExporter({ name: 'x' } as never)).toThrow(/defineExporter needs/)
  })
})
