import { defineExporter, type SealedRecord } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { quick, record, rejected, retry, sink, upTo } from '../exporter-helpers.ts'
import { chat, newLog } from '../helpers.ts'

describe('delivery to an exporter', () => {
  test('gives it every record once, in order, in batches of the size asked for', async () => {
    const { log } = newLog()
    const { exporter, indices, seen } = sink()
    log.addExporter(exporter, { ...quick, batchSize: 7 })
    await record(log, 50)
    await log.flush()
    expect(indices()).toEqual(upTo(100))
    expect(Math.max(...seen.map(({ length }) => length))).toBeLessThanOrEqual(7)
    await log.close()
  })

  test('bounds batches by bytes; one record may be larger', async () => {
    const { log } = newLog()
    const { exporter, records, seen } = sink()
    const sizes: number[] = []
    await log.record({ ...chat, input: 'x'.repeat(50_000) }, async () => 1)
    await record(log, 20)
    log.addExporter(
      defineExporter({
        name: 'bytes',
        export: (batch) => void sizes.push(batch.length)
      }),
      { ...quick, batchBytes: 5_000 }
    )
    log.addExporter(exporter, { ...quick, batchBytes: 1_000_000 })
    await log.flush()
    expect(sizes[0]).toBe(1)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(42)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
    expect(records).toHaveLength(42)
    expect(seen).toHaveLength(1)
    await log.close()
  })

  test('sends the same batch again, before any other, and tells of a bad episode once', async () => {
    const { log, problems } = newLog()
    const { exporter, indices, seen } = sink([retry, retry, retry])
    await record(log, 3)
    await log.flush()
    log.addExporter(exporter, { ...quick, batchSize: 4 })
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(2)
    await record(log, 3)
    await expect.poll(() => indices()).toEqual(upTo(12))
    expect(seen.slice(0, 4)).toEqual([upTo(4), upTo(4), upTo(4), upTo(4)])
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['export_failed', 'sink failed and is tried again: not now']
    ])
    await log.close()
  })

  test.each([
    ['throws', () => Promise.reject(new Error('thrown')), /thrown/],
    ['answers nothing', async () => undefined, /answered without a status/],
    ['answers nonsense', async () => ({ status: 'ok' }), /answered without a status/],
    ['hangs', () => new Promise(() => {}), /did not answer within 20 ms/]
  ])('takes one that %s as a failure', async (_name, fault, message) => {
    const { log, problems, journal } = newLog()
    const { exporter, indices } = sink()
    let faults = 2
    const faulty = {
      ...exporter,
      export: (batch: readonly SealedRecord[], signal: AbortSignal) =>
        faults-- > 0 ? fault() : exporter.export(batch, signal)
    }
    log.addExporter(faulty as never, { ...quick, deadlineMs: 20 })
    await record(log, 3)
    await expect.poll(() => indices()).toEqual(upTo(6))
    expect(problems).toEqual([
      expect.objectContaining({ code: 'export_failed', message: expect.stringMatching(message) })
    ])
    const state = await journal.cursors.load('sink')
    expect(state).toMatchObject({ next: 6, delivered: 6, failures: 0 })
    expect(state?.lastError?.message).toMatch(message)
    await log.close()
  })

  test('waits as long as the other end asks', async () => {
    const { log } = newLog()
    const { exporter, indices } = sink([{ ...retry, afterMs: 80 }])
    const from = performance.now()
    await record(log, 1)
    log.addExporter(exporter, quick)
    await expect.poll(() => indices()).toEqual([0, 1])
    expect(performance.now() - from).toBeGreaterThan(75)
    await log.close()
  })

  test('aborts the signal at the deadline, and does not hear what comes later', async () => {
    const { log } = newLog()
    const reasons: unknown[] = []
    const { exporter, indices } = sink([
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            setTimeout(() => resolve(rejected), 5)
          })
        })
    ])
    log.addExporter(exporter, { ...quick, deadlineMs: 10 })
    await record(log, 1)
    await expect.poll(() => indices()).toEqual([0, 1])
    expect(reasons).toEqual([expect.objectContaining({ code: 'export_failed' })])
    await log.close()
  })

  test('gives copies: what an exporter does to them reaches nobody else', async () => {
    const { log, journal } = newLog({ deadlineMs: 100 })
    const { exporter, records } = sink()
    const spoiler = defineExporter({
      name: 'spoiler',
      export(batch) {
        expect(Object.isFrozen(batch)).toBe(true)
        for (const { leafHash, contents } of batch) {
          leafHash.fill(0)
          for (const { body, salt } of contents) {
            body?.fill(0)
            salt.fill(0)
          }
        }
        return { status: 'retry', error: 'spoilt' }
      }
    })
    log.addExporter(spoiler, quick)
    log.addExporter(exporter, quick)
    await record(log, 1)
    await expect.poll(() => records).toHaveLength(2)
    await log.close()
    expect(records).toEqual(journal.records)
    expect(new TextDecoder().decode(records[0]?.contents[0]?.body)).toBe('question 0')
  })

  test('keeps to kinds, stages and headers where it is told to', async () => {
    const { log } = newLog()
    const ends = sink([], 'ends')
    const notes = sink([], 'notes')
    log.addExporter(ends.exporter, { ...quick, stages: ['complete'], contents: false })
    log.addExporter(notes.exporter, { ...quick, kinds: ['annotation'] })
    await record(log, 3)
    log.annotate('some call', { thumb: 'up' })
    await log.close()
    expect(ends.indices()).toEqual([1, 3, 5])
    expect(ends.records.every(({ contents }) => contents.length === 0)).toBe(true)
    expect(notes.indices()).toEqual([6])
  })

  test('an exporter that makes audited calls records none of them', async () => {
    const { log, journal } = newLog()
    const calls = defineExporter({
      name: 'calls',
      export: async () => void (await log.record(chat, async () => 1))
    })
    log.addExporter(calls, quick)
    await record(log, 2)
    await log.close()
    expect(journal.records).toHaveLength(4)
  })
})

describe('what the other end refuses', () => {
  test('is found by halving, set aside with its reason, and not in the way of the others', async () => {
    const { log, problems, journal } = newLog()
    const { exporter, indices, seen, state } = sink()
    state.refused = ({ index }) => index === 13 || index === 14 || index === 77
    await record(log, 50)
    await log.flush()
    log.addExporter(exporter, { ...quick, batchSize: 100 })
    await log.flush()
    expect(indices()).toEqual(upTo(100).filter((index) => ![13, 14, 77].includes(index)))
    expect(seen.length).toBeLessThan(30)
    expect(await journal.cursors.setAside('sink')).toEqual(
      [13, 14, 77].map((index) => ({ index, at: expect.any(String), reason: 'no such field' }))
    )
    expect(problems.map(({ code }) => code)).toEqual(['export_rejected', 'export_rejected'])
    await log.close()
  })

  test('is set aside at the pace of retries once there is too much of it', async () => {
    const { log, journal } = newLog({ deadlineMs: 1_000 })
    const { exporter, state } = sink()
    state.refused = () => true
    await record(log, 50)
    await log.flush()
    log.addExporter(exporter, { ...quick, firstRetryMs: 60_000, lastRetryMs: 60_000 })
    await expect.poll(() => journal.cursors.setAside('sink')).toHaveLength(11)
    // Nor do new records shorten the pause.
    await record(log, 1)
    await expect.poll(() => journal.records).toHaveLength(102)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await journal.cursors.setAside('sink')).toHaveLength(11)
    await log.close()
  })
})
