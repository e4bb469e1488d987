import {
  type AuditLog,
  createAuditLog,
  type Exporter,
  type ExporterOptions,
  type ExportResult,
  type Journal,
  memoryJournal,
  type SealedRecord
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { describe, expect, test } from 'vitest'
import { pendingRecords, sealedRecords } from '../fixtures/pending-records.ts'
import { type ExporterEnd, type ExporterSubject, REFUSED_INDEX } from './exporter-subject.ts'
import { testIf } from './test-if.ts'

const QUICK: ExporterOptions = {
  delayMs: 0,
  firstRetryMs: 5,
  lastRetryMs: 50,
  deadlineMs: 60_000,
  batchSize: 4
}

/**
 * Proves that an exporter keeps its contract (`Exporter` of the core): that it stores batches in
 * order, leaves them alone, never throws, obeys its signal, says `retry` and `rejected` for what
 * they are, and that nothing is lost with it over restarts and faults of its other end.
 *
 * To be called in a vitest file.
 */
export function testExporter(subject: ExporterSubject): void {
  const can = (fault: (typeof subject.faults)[number]) => testIf(subject.faults.includes(fault))
  describe(`the exporter ${subject.name}`, () => {
    test('stores batches, each record once, in order', () => on(subject, storesInOrder))
    test('leaves the batch alone', () => on(subject, leavesAlone))
    test('takes contents that are large, binary, or gone', () => on(subject, takesAnyContent))
    test('takes a batch that it has had before', () => on(subject, takesDuplicates))
    test('does not throw for a signal that is aborted already', () => on(subject, obeysAborted))
    test('can be disposed twice, and does not throw afterwards', () => on(subject, disposesTwice))
    test('loses nothing over a restart between send and cursor', () => on(subject, survivesRestart))
    test('loses nothing when it is slow, or throws although its end has the batch', () =>
      on(subject, outlastsItself))
    can('hang')('gives up a hanging end when its signal aborts', () => on(subject, obeysSignal))
    can('down')('says retry while its end is down, and delivers in order afterwards', () =>
      on(subject, outlastsDown)
    )
    can('busy')('says when its busy end wants to be asked again', () => on(subject, saysWhen))
    can('refuse')('says rejected for what its end refuses; the rest arrives', () =>
      on(subject, passesRefused)
    )
  })
}

type Opened = ExporterEnd & {
  readonly exporter: Exporter
  send(records: readonly SealedRecord[], ms?: number): Promise<ExportResult>
}

async function on(subject: ExporterSubject, run: (end: Opened) => Promise<void>): Promise<void> {
  await using end = await subject.make()
  await using exporter = await end.open()
  const send = (records: readonly SealedRecord[], ms = 60_000) =>
    exporter.export(records, AbortSignal.timeout(ms))
  await run({
    exporter,
    send,
    open: () => end.open(),
    received: () => end.received(),
    cause: (fault) => end.cause?.(fault),
    [Symbol.asyncDispose]: async () => undefined
  })
}

async function storesInOrder({ send, received }: Opened): Promise<void> {
  const records = await sealedRecords(10)
  expect(await send(records.slice(0, 3))).toMatchObject({ status: 'stored' })
  expect(await send(records.slice(3, 4))).toMatchObject({ status: 'stored' })
  expect(await send(records.slice(4))).toMatchObject({ status: 'stored' })
  expect(await received()).toEqual(records.map(({ index }) => index))
}

async function leavesAlone({ send }: Opened): Promise<void> {
  const records = frozen(await sealedRecords(4))
  const before = structuredClone(records)
  await send(records)
  expect(records).toEqual(before)
}

async function takesAnyContent({ send, received }: Opened): Promise<void> {
  const [first, second] = await pendingRecords(['x'])
  if (!first || !second) throw new Error('no pending records')
  const contents = [
    { name: 'input', type: 'text/plain', body: 'x'.repeat(2_000_000) },
    { name: 'image', type: 'image/png', body: Uint8Array.of(0, 255, 10, 13, 34, 128) },
    { name: 'empty', type: 'text/plain', body: '' },
    { name: 'gone', type: 'text/plain', body: 'erased later' }
  ]
  const journal = memoryJournal()
  await journal.append([{ ...first, contents }, second])
  const erased = journal.records.map((sealed) => ({
    ...sealed,
    contents: sealed.contents.map((content) => {
      const { body: _gone, ...rest } = content
      return content.name === 'gone' ? rest : content
    })
  }))
  expect(await send(erased)).toMatchObject({ status: 'stored' })
  expect(await received()).toEqual([0, 1])
}

async function takesDuplicates({ send, received }: Opened): Promise<void> {
  const records = await sealedRecords(6)
  await send(records.slice(0, 4))
  expect(await send(records.slice(0, 4))).toMatchObject({ status: 'stored' })
  expect(await send(records.slice(2))).toMatchObject({ status: 'stored' })
  expect(firsts(await received())).toEqual([0, 1, 2, 3, 4, 5])
}

async function obeysAborted({ exporter }: Opened): Promise<void> {
  const result = await exporter.export(await sealedRecords(2), AbortSignal.abort())
  expect(['stored', 'retry']).toContain(result.status)
}

async function disposesTwice({ exporter, send }: Opened): Promise<void> {
  await send(await sealedRecords(2))
  await exporter[Symbol.asyncDispose]()
  await exporter[Symbol.asyncDispose]()
  expect(await send(await sealedRecords(2))).toHaveProperty('status')
}

/** The first process ends when its end has all records and the journal knows of one batch. */
async function survivesRestart({ open, received }: Opened): Promise<void> {
  const journal = memoryJournal()
  await journal.append(await pendingRecords(['a', 'b', 'c', 'd', 'e']))
  const { cursors } = journal
  let saves = 0
  const save: typeof cursors.save = async (...change) =>
    ++saves > 2 || (await cursors.save(...change))
  for (const each of [{ ...cursors, save }, cursors]) {
    const log = logOn({ ...journal, cursors: each })
    log.addExporter(await open(), QUICK)
    await log.close()
  }
  expect(firsts(await received())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
}

/** Every second attempt throws after it stored; each takes longer than the log waits for a batch. */
async function outlastsItself({ open, received }: Opened): Promise<void> {
  const journal = memoryJournal()
  await journal.append(await pendingRecords(['a', 'b', 'c', 'd', 'e']))
  const inner = await open()
  let attempts = 0
  let under = 0
  let most = 0
  const slow: Exporter = {
    name: inner.name,
    async export(batch, signal) {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 5))
      const result = await inner.export(batch, signal)
      under--
      if (++attempts % 2 === 0) throw new Error('after it was stored')
      return result
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose]()
  }
  const log = logOn(journal)
  log.addExporter(slow, QUICK)
  const delivered = async () => (await journal.cursors.load(inner.name))?.next === 10
  while (!(await delivered())) await log.flush()
  await log.close()
  expect(most).toBe(1)
  expect(firsts(await received())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
}

async function obeysSignal({ send, cause, received }: Opened): Promise<void> {
  const records = await sealedRecords(2)
  cause?.('hang')
  expect(await send(records, 50)).toMatchObject({ status: 'retry' })
  cause?.(undefined)
  expect(await send(records)).toMatchObject({ status: 'stored' })
  expect(firsts(await received())).toEqual([0, 1])
}

async function outlastsDown({ send, cause, open, received }: Opened): Promise<void> {
  cause?.('down')
  expect(await send(await sealedRecords(2))).toMatchObject({ status: 'retry' })
  const journal = memoryJournal()
  await journal.append(await pendingRecords(['a', 'b', 'c', 'd', 'e']))
  const log = logOn(journal)
  log.addExporter(await open(), QUICK)
  await new Promise((resolve) => setTimeout(resolve, 30))
  cause?.(undefined)
  await log.close()
  expect(firsts(await received())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
}

async function saysWhen({ send, cause }: Opened): Promise<void> {
  const records = await sealedRecords(2)
  cause?.('busy')
  const result = await send(records)
  expect(result).toMatchObject({ status: 'retry', afterMs: expect.any(Number) })
  expect(result.status === 'retry' && result.afterMs).toBeGreaterThanOrEqual(20)
  cause?.(undefined)
  expect(await send(records)).toMatchObject({ status: 'stored' })
}

async function passesRefused({ send, cause, open, received }: Opened): Promise<void> {
  cause?.('refuse')
  expect(await send(await sealedRecords(4))).toMatchObject({ status: 'rejected' })
  const journal = memoryJournal()
  await journal.append(await pendingRecords(['a', 'b', 'c', 'd', 'e']))
  const exporter = await open()
  const log = logOn(journal)
  log.addExporter(exporter, { ...QUICK, batchSize: 100 })
  await log.close()
  expect(firsts(await received())).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9])
  const aside = await journal.cursors.setAside(exporter.name)
  expect(aside.map(({ index }) => index)).toEqual([REFUSED_INDEX])
}

/** A log that leaves its journal open, as the end of a process does. */
function logOn(journal: Journal): AuditLog {
  return createAuditLog({
    journal: { ...journal, [Symbol.asyncDispose]: async () => undefined },
    platform: nodePlatform(),
    deadlineMs: 60_000,
    onProblem: () => undefined
  })
}

/** Each index where it arrived first. */
function firsts(indices: readonly number[]): number[] {
  return [...new Set(indices)]
}

function frozen(records: readonly SealedRecord[]): readonly SealedRecord[] {
  return Object.freeze(
    records.map((record) => {
      const contents = record.contents.map((content) => Object.freeze({ ...content }))
      return Object.freeze({ ...record, contents: Object.freeze(contents) })
    })
  )
}
