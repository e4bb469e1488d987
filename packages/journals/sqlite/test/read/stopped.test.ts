import { pendingEvent } from '@slm-audit/core/journal'
import { filterTree } from '@slm-audit/core/reader'
import { reindex } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { Answering } from '../../src/read/answering.ts'
import { Clock, STOPPED } from '../../src/read/clock.ts'
import { openForReading, openForWriting } from '../../src/store/open-database.ts'
import { rowOf, Writer } from '../../src/store/writer.ts'
import { freshFile } from '../support.ts'

/** A log of a thousand records. */
function filledLog(): string {
  const file = freshFile()
  const writing = openForWriting(file, 'memory', 'example.com/log')
  const writer = new Writer(writing, 'writer')
  writer.append(Array.from({ length: 1_000 }, () => rowOf(pendingEvent('note', {}))))
  writing.close()
  return file
}

test('a log is looked through no further once nobody waits for it', () => {
  const file = filledLog()
  const database = openForReading(file)
  const answering = new Answering(database, file, { records: 200, bytes: 2 ** 20 })
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const ask = () => {
    const find = { filter: filterTree('nowhere'), page: { complete: true } }
    return answering.answer({ find }, new Clock(undefined, stop))
  }
  Atomics.store(stop, 0, 1)
  expect(ask).toThrow(STOPPED)
  Atomics.store(stop, 0, 0)
  expect(ask()).toEqual({ items: [] })
  answering.close()
  database.close()
})

test('whoever ends a question does not end the index, which the next one is answered from', async () => {
  const file = filledLog()
  await reindex(file)
  const database = openForReading(file)
  const answering = new Answering(database, file, { records: 200, bytes: 2 ** 20 })
  const ask = (clock: Clock) =>
    answering.answer({ find: { filter: filterTree('nowhere'), page: {} } }, clock)
  const stop = Int32Array.of(1)
  expect(() => ask(new Clock(undefined, stop))).toThrow(STOPPED)
  expect(ask(new Clock())).toEqual({ items: [] })
  answering.close()
  database.close()
})
