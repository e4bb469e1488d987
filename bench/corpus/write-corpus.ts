import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import { admitKey } from '../../packages/journals/sqlite/src/keys/admit-key.ts'
import { NewestKey } from '../../packages/journals/sqlite/src/store/key-records.ts'
import { openForWriting } from '../../packages/journals/sqlite/src/store/open-database.ts'
import { type Row, rowOf, Writer } from '../../packages/journals/sqlite/src/store/writer.ts'
import { recordsOf } from './records.ts'
import { type ShopOptions, shopCalls } from './shop.ts'

const ORIGIN = 'shop.example/support-bot'
const BATCH = 1_000

/**
 * Writes 90 days of the shop into a new database, as its journal would, in large batches; the index
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
  const newest = new NewestKey(database)
  admitKey(database, writer, newest, privateKeySigner(newPrivateKey(ORIGIN)), ORIGIN)
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
