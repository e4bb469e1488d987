import { memoryJournal } from '@slm-audit/core'
import { memoryCursors } from '@slm-audit/core/journal'
import { describe, expect, test } from 'vitest'
import { quick, record, sink, upTo } from '../exporter-helpers.ts'
import { newLog } from '../helpers.ts'

describe('delivery while the journal fails', () => {
  test('a cursor that cannot be stored stops the delivery; nothing is sent twice', async () => {
    const journal = memoryJournal()
    const { cursors } = journal
    let faults = 0
    const save: typeof cursors.save = async (name, holder, change) => {
      if (change.state.next === 4 && faults++ < 3) throw new Error('disk full')
      return cursors.save(name, holder, change)
    }
    const { log, problems } = newLog({ journal: { ...journal, cursors: { ...cursors, save } } })
    const { exporter, indices, seen } = sink()
    await record(log, 5)
    await log.flush()
    log.addExporter(exporter, { ...quick, batchSize: 4 })
    await expect.poll(() => indices()).toEqual(upTo(10))
    expect(seen.map(({ length }) => length)).toEqual([4, 4, 2])
    expect(problems.map(({ message }) => message)).toEqual([
      'sink failed and is tried again: disk full'
    ])
    expect(await cursors.load('sink')).toMatchObject({ next: 10 })
    await log.close()
  })

  test('a change that was stored although storing it failed costs one batch again at most', async () => {
    const journal = memoryJournal()
    const { cursors } = journal
    let faults = 0
    const save: typeof cursors.save = async (name, holder, change) => {
      const isSaved = await cursors.save(name, holder, change)
      if (change.state.next === 4 && faults++ === 0) throw new Error('answer lost')
      return isSaved
    }
    const { log } = newLog({ journal: { ...journal, cursors: { ...cursors, save } } })
    const { exporter, indices } = sink()
    await record(log, 5)
    await log.flush()
    log.addExporter(exporter, { ...quick, batchSize: 4 })
    await expect.poll(() => indices()).toEqual(upTo(10))
    await log.close()
  })

  test('a journal that cannot be read is read again', async () => {
    const journal = memoryJournal()
    let faults = 2
    const read: typeof journal.read = (from) => {
      if (faults-- > 0) throw new Error('locked')
      return journal.read(from)
    }
    const { log, problems } = newLog({ journal: { ...journal, read } })
    const { exporter, indices } = sink()
    log.addExporter(exporter, quick)
    await record(log, 3)
    await expect.poll(() => indices()).toEqual(upTo(6))
    expect(problems.map(({ code }) => code)).toEqual(['export_failed'])
    await log.close()
  })

  test('a journal without cursors delivers from the beginning, each time', async () => {
    const { cursors: _none, ...journal } = memoryJournal()
    const lasting = { ...journal, [Symbol.asyncDispose]: async () => undefined }
    for (const count of [4, 8]) {
      const { log } = newLog({ journal: lasting })
      const { exporter, indices } = sink()
      log.addExporter(exporter, quick)
      await record(log, 2)
      await log.close()
      expect(indices()).toEqual(upTo(count))
    }
  })

  test('a cursor that somebody moves is followed, also while a batch is under way', async () => {
    const cursors = memoryCursors()
    const journal = { ...memoryJournal(), cursors }
    const { log } = newLog({ journal })
    const { exporter, indices } = sink()
    let moved = false
    const save: typeof cursors.save = async (name, holder, change) => {
      if (!moved && change.state.next === 8) {
        moved = true
        const state = await cursors.load(name)
        await cursors.save(name, holder, {
          expected: state?.next,
          state: { next: 2, delivered: 0, failures: 0 }
        })
      }
      return cursors.save(name, holder, change)
    }
    await record(log, 5)
    await log.flush()
    const other = newLog({ journal: { ...journal, cursors: { ...cursors, save } } })
    other.log.addExporter(exporter, { ...quick, batchSize: 4 })
    await expect.poll(() => indices()).toHaveLength(16)
    expect(indices()).toEqual([...upTo(8), ...upTo(10).slice(2)])
    await other.log.close()
  })
})

describe('an end that stores with reservations', () => {
  test('is reported once an episode, and gets nothing again', async () => {
    const warned = { status: 'stored', problem: new Error('one span left out') } as const
    const { log, problems, journal } = newLog()
    const { exporter, indices, seen } = sink([warned, warned, undefined, warned])
    await record(log, 5)
    await log.flush()
    log.addExporter(exporter, { ...quick, batchSize: 2 })
    await expect.poll(() => indices()).toEqual(upTo(10))
    await log.flush()
    expect(seen.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2])
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'export_rejected: sink stored a batch, but: one span left out',
      'export_rejected: sink stored a batch, but: one span left out'
    ])
    expect(await journal.cursors?.load('sink')).toMatchObject({
      next: 10,
      failures: 0,
      lastError: { message: 'one span left out' }
    })
    await log.close()
  })
})
