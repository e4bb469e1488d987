import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { type Effort, interleave, type Result, withFile } from './harness.ts'

const input = 'What is the state of my order, and when will it arrive at my door? '.repeat(15)
const output = input.slice(0, 1000)
/** Records in a transaction, as is the journal's default. */
const BATCH = 500
/** Calls in a turn of the loop. */
const TURN = 100

/** Records a second, end to end, against the same rows written by better-sqlite3 in batches. */
export async function throughput({ rounds, scale }: Effort): Promise<Result[]> {
  const calls = Math.round(5000 * scale)
  // Before the clock starts, because the journal's thread is new in each round.
  const warmUp = TURN * Math.ceil(10 * scale)
  const { raw, ours } = await interleave(rounds, {
    ours: () => withFile((file) => recorded(file, calls, warmUp)),
    raw: () => withFile((file) => written(file, calls, warmUp))
  })
  return [
    {
      what: 'records per second, from the call to the row',
      ours: ours.toFixed(0),
      control: `raw better-sqlite3 ${raw.toFixed(0)}`,
      ratio: (ours / raw).toFixed(2),
      aim: '≥ 0.75',
      met: ours / raw >= 0.75
    }
  ]
}

async function recorded(file: string, calls: number, warmUp = 0): Promise<number> {
  const journal = await sqliteJournal({ file })
  const limits = { maxRecords: 1_000_000, maxBytes: 2 ** 31 }
  const log = createAuditLog({ journal, platform: nodePlatform(), ...limits })
  const request = { operation: 'chat', provider: 'bench', model: 'm', input }
  const record = async (count: number) => {
    for (let index = 0; index < count; index++) {
      log.open(request).complete({ output })
      if (index % TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await log.flush()
  }
  await record(warmUp)
  const from = performance.now()
  await record(calls)
  const took = performance.now() - from
  await log.close()
  return (calls * 2 * 1000) / took
}

/** Makes the schema with our journal, takes one call's rows, and writes as many of them. */
async function written(file: string, calls: number, warmUp: number): Promise<number> {
  await recorded(file, 1)
  const database = new Database(file)
  database.pragma('synchronous = NORMAL')
  const rows = (sql: string) => database.prepare(sql).raw().all() as unknown[][]
  const records = rows('SELECT * FROM records WHERE idx >= 1 ORDER BY idx')
  const contents = rows('SELECT * FROM contents WHERE id >= 64 ORDER BY id')
  const insert = (table: string, [row = []]: unknown[][]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`)
  const insertRecord = insert('records', records)
  const insertContent = insert('contents', contents)
  const writeBatch = database.transaction((first: number, count: number) => {
    for (let index = first; index < first + count; index++) {
      const id = index * 2 + 1
      const auditId = `01a20dbe-0000-7000-8000-${String(index).padStart(12, '0')}`
      for (const [at, [, , ...rest]] of records.entries())
        insertRecord.run(id + at, auditId, ...rest)
      for (const [at, [, ...rest]] of contents.entries()) insertContent.run((id + at) * 64, ...rest)
    }
  })
  const write = (from: number, count: number) => {
    for (let done = 0; done < count; done += BATCH / 2) {
      writeBatch.immediate(from + done, Math.min(BATCH / 2, count - done))
    }
  }
  write(1, warmUp)
  const from = performance.now()
  write(warmUp + 1, calls)
  const took = performance.now() - from
  database.close()
  return (calls * 2 * 1000) / took
}
