import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import { openForWriting } from '../../packages/journals/sqlite/src/store/open-database.ts'
import { type Row, rowOf, Writer } from '../../packages/journals/sqlite/src/store/writer.ts'
import { keyRecordOf, recordsOf } from './records.ts'
import { beginningOf, type ShopOptions, shopCalls } from './shop.ts'

const ORIGIN = 'shop.example/support-bot'
const BATCH = 1_000

/** Makes a database for the shop that is empty, for whoever indexes it while it is written. */
export function createCorpus(file: string): void {
  openForWriting(file, 'process', ORIGIN).close()
}

/**
 * Writes 90 days of the shop into a new or empty database, as its journal would, in large batches; the index
 * is made by whoever reads it (`reindex`). Returns how many records were written.
 */
export function writeCorpus(
  file: string,
  options: ShopOptions,
  onProgress?: (calls: number) => void
): number {
  const database = openForWriting(file, 'process', ORIGIN)
  database.pragma('synchronous = OFF')
  const writer = new Writer(database, 'corpus')
  // Before the first call, as its clock was then: verification would take today's time for a clock that was set back.
  const key = formatVerifierKey(privateKeySigner(newPrivateKey(ORIGIN)).key)
  writer.append([rowOf(keyRecordOf(key, beginningOf(options.until) - 1))])
  let rows: Row[] = []
  let [calls, records] = [0, 0]
  const store = () => {
    writer.append(rows)
    records += rows.length
    rows = []
    onProgress?.(calls)
  }
  for (const call of shopCalls(options)) {
    rows.push(...recordsOf(call, calls++).map((one) => rowOf(one)))
    if (rows.length >= BATCH) store()
  }
  if (rows.length > 0) store()
  database.close()
  return records
}
