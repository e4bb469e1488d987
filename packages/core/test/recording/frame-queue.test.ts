import { setImmediate } from 'node:timers/promises'
import { AuditError, memoryJournal, parseRecord } from '@slm-audit/core'
import { wrapFetch } from '@slm-audit/core/adapter'
import { nodePlatform } from '@slm-audit/core/node'
import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, wire } from '../watched.ts'

/** A log whose journal takes nothing until it is told to. */
function heldLog(maxRecords: number) {
  const journal = memoryJournal()
  const { append } = journal
  const gate = Promise.withResolvers<void>()
  journal.append = async (records) => {
    await gate.promise
    await append(records)
  }
  return { ...newLog({ journal, maxRecords }), journal, open: gate.resolve }
}

test('a burst over the bounds is one problem and one gap, and each call that is recorded has one end', async () => {
  const { log, journal, problems, open } = heldLog(1_000)
  const start = Date.now()
  for (let count = 0; count < 5_000; count++) log.open(chat).complete({ output: count })
  open()
  await log.flush()
  await log.close()
  expect(problems.map(({ code }) => code)).toEqual(['queue_full'])
  const records = journal.records.map(parseRecord)
  const gaps = records.filter(({ kind }) => kind === 'gap')
  expect(gaps).toHaveLength(1)
  const { records: lost, since, until } = gaps[0]?.event ?? {}
  expect(Number(lost)).toBe(9_000)
  expect(Date.parse(String(since))).toBeGreaterThanOrEqual(start)
  expect(Date.parse(String(until))).toBeLessThanOrEqual(Date.now())
  const calls = callsOf(journal.records).filter(({ record }) => record.kind === 'call')
  const stages = calls.map(({ stage }) => stage)
  expect(new Set(stages)).toEqual(new Set(['complete']))
  expect(stages).toHaveLength(5_000)
})

test('what waits at the exit of the process is stored, an upload as far as it was read', async () => {
  let drain: () => void = () => undefined
  const platform = {
    ...nodePlatform(),
    onExit(run: () => void) {
      drain = run
      return () => undefined
    }
  }
  const { log, journal } = newLog({ platform })
  const file = new File(['sound'], 'a.wav')
  Object.defineProperty(file, 'arrayBuffer', { value: () => new Promise(() => undefined) })
  const form = new FormData()
  form.set('model', 'm')
  form.set('file', file)
  const fetch = wrapFetch(log, [wire], async () => Response.json({ a: 1 }))
  await (await fetch(CHAT, { method: 'POST', body: form })).text()
  log.open(chat)
  await setImmediate()
  drain()
  const [open, uploaded] = callsOf(journal.records)
  expect(open?.stage).toBe('abandoned')
  expect(uploaded).toMatchObject({
    stage: 'complete',
    contents: { input: { model: 'm' }, output: { a: 1 } }
  })
})

test('where a journal refuses every record, the gaps that say so do not follow one another without a pause', async () => {
  const waiting = new Set<{ readonly run: () => void; readonly delayMs: number }>()
  const platform = {
    ...nodePlatform(),
    defer(run: () => void, delayMs: number) {
      const one = { run, delayMs }
      waiting.add(one)
      return () => void waiting.delete(one)
    }
  }
  const journal = memoryJournal()
  const { append } = journal
  let tried = 0
  let refuses = true
  journal.append = async (records) => {
    tried++
    if (refuses) throw new AuditError('bad_record', 'no')
    await append(records)
  }
  const { log } = newLog({ journal, platform })
  log.open(chat).complete({ output: 'lost' })
  const runWhatIsDue = async (mostMs: number) => {
    for (let turn = 0; turn < 200; turn++) {
      for (const one of waiting) {
        if (one.delayMs > mostMs) continue
        waiting.delete(one)
        one.run()
      }
      await setImmediate()
    }
  }
  await runWhatIsDue(500)
  expect(tried).toBeGreaterThan(2)
  expect(tried).toBeLessThan(10)
  refuses = false
  await runWhatIsDue(2_000)
  const [gap, ...more] = journal.records.map(parseRecord)
  expect(more).toEqual([])
  expect(gap?.kind).toBe('gap')
  expect(Number(gap?.event?.records)).toBeGreaterThanOrEqual(2)
  await log.close()
})
