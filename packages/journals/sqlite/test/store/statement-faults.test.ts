import { createHash } from 'node:crypto'
import { type PendingRecord, pendingEvent, verifyLog } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { describe, expect, test } from 'vitest'
import type { Database, Statement } from '../../src/driver/database.ts'
import { openForWriting } from '../../src/store/open-database.ts'
import { storedLog } from '../../src/store/stored-log.ts'
import { rowOf, Writer } from '../../src/store/writer.ts'
import { freshFile } from '../support.ts'

type Fault = 'fails' | 'is done and then fails'

/** A database whose `place`-th writing statement has a fault; `writes` counts them. */
function faulty(database: Database, place: number, fault: Fault) {
  const state = { writes: 0 }
  const run = (statement: Statement, values: unknown[]) => {
    if (++state.writes !== place) return statement.run(...values)
    if (fault === 'is done and then fails') statement.run(...values)
    throw new Error(`write ${place} failed`)
  }
  const prepare = (sql: string) =>
    new Proxy(database.prepare(sql), {
      get(statement, name) {
        if (name === 'run') return (...values: unknown[]) => run(statement, values)
        const found: unknown = Reflect.get(statement, name)
        return typeof found === 'function' ? found.bind(statement) : found
      }
    })
  const watched = new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return prepare
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    }
  })
  return { watched, state }
}

/** A batch with everything a record can have: contents, tags, a call that begins and ends. */
function batchOf(auditId: string): PendingRecord[] {
  const contents = [{ name: 'input', type: 'text/plain', body: 'words' }]
  const context = { tags: { tier: 'gold' } }
  return (['received', 'complete'] as const).map((stage) => {
    const one = pendingEvent('call', {})
    const [head, tail] = [one.head, one.tail].map((text) =>
      text.replace(one.record.auditId, auditId).replace('"stage":"event"', `"stage":"${stage}"`)
    )
    const record = { ...one.record, auditId, stage, context }
    return { ...one, record, head: head ?? '', tail: tail ?? '', contents }
  })
}

function openAt(place: number, fault: Fault) {
  const database = openForWriting(freshFile(), 'memory', 'example.com/log')
  const before = new Writer(database, 'writer')
  for (let at = 0; at < 127; at++) before.append(batchOf(`before-${at}`).map((each) => rowOf(each)))
  const { watched, state } = faulty(database, place, fault)
  return { database, writer: new Writer(watched, 'writer'), state }
}

/** Two batches around a full tile, so that each kind of write happens. */
function appendTwice(writer: Writer): number {
  let failed = 0
  for (const auditId of ['first', 'second']) {
    const batch = batchOf(auditId)
    try {
      writer.append(batch.map((each) => rowOf(each)))
    } catch {
      failed++
      writer.append(batch.map((each) => rowOf(each, true)))
    }
  }
  return failed
}

async function expectWhole(database: Database): Promise<void> {
  const report = await verifyLog(storedLog(database), {}, nodeSha256)
  expect(report).toMatchObject({ size: 258, checked: 258, openCalls: 0 })
  expect(report.flaw).toBeUndefined()
  expect(inFlight(database)).toEqual([])
}

function inFlight(database: Database): unknown[] {
  return database.prepare('SELECT audit_id FROM calls_in_flight').pluck().all()
}

describe.each<Fault>(['fails', 'is done and then fails'])('each write of an append %s', (fault) => {
  test('the batch is stored whole by the next try, once, with its tree', async () => {
    const { state, writer, database } = openAt(0, fault)
    expect(appendTwice(writer)).toBe(0)
    await expectWhole(database)
    expect(state.writes).toBeGreaterThan(10)
    for (let place = 1; place <= state.writes; place++) {
      const one = openAt(place, fault)
      expect(appendTwice(one.writer), `write ${place}`).toBe(1)
      await expectWhole(one.database)
      one.database.close()
    }
    database.close()
  })
})

describe('an append that was stored whole and then reported as failed', () => {
  test('is not stored twice, also when the transaction of another writer came between', async () => {
    const database = openForWriting(freshFile(), 'memory', 'example.com/log')
    const [writer, other] = [new Writer(database, 'one'), new Writer(database, 'two')]
    const batch = batchOf('mine')
    writer.append(batch.map((each) => rowOf(each)))
    other.append(batchOf('theirs').map((each) => rowOf(each)))
    writer.append(batch.map((each) => rowOf(each, true)))
    const report = await verifyLog(storedLog(database), {}, nodeSha256)
    expect(report).toMatchObject({ size: 4, checked: 4, openCalls: 0 })
    const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck().all()
    const leaf = (header: unknown) => createHash('sha256').update(`\u0000${header}`).digest()
    const tile = database.prepare('SELECT hashes FROM tiles').pluck().get() as Uint8Array
    expect(Buffer.concat(headers.map(leaf)).equals(tile)).toBe(true)
    database.close()
  })

  test('leaves no leaf behind in the memory of its writer', async () => {
    const database = openForWriting(freshFile(), 'memory', 'example.com/log')
    const { watched } = faulty(database, 5, 'fails')
    const [writer, other] = [new Writer(watched, 'one'), new Writer(database, 'two')]
    const batch = batchOf('mine')
    expect(() => writer.append(batch.map((each) => rowOf(each)))).toThrow('write 5 failed')
    other.append(batchOf('theirs').map((each) => rowOf(each)))
    writer.append(batch.map((each) => rowOf(each, true)))
    const report = await verifyLog(storedLog(database), {}, nodeSha256)
    expect(report.flaw).toBeUndefined()
    expect(report.checked).toBe(4)
    database.close()
  })

  test('a call whose beginning was lost does not end another', async () => {
    const database = openForWriting(freshFile(), 'memory', 'example.com/log')
    const { watched } = faulty(database, 3, 'fails')
    const writer = new Writer(watched, 'writer')
    const [received, complete] = batchOf('lost')
    if (!received || !complete) throw new Error('a batch has two pending records')
    expect(() => writer.append([rowOf(received)])).toThrow('write 3 failed')
    const [open] = batchOf('open')
    if (open) writer.append([rowOf(open)])
    writer.append([rowOf(complete)])
    expect(inFlight(database)).toEqual(['open'])
    database.close()
  })
})
