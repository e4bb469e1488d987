import type { StoredLog } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { keyRecords } from './key-records.ts'
import { isPartial } from './partial-copy.ts'
import { originOf } from './schema.ts'
import { readSealed } from './sealed-rows.ts'
import { readCheckpoints } from './stored-checkpoints.ts'
import { tileReader } from './tree.ts'

/** The log in a database as verification reads it. */
export function storedLog(database: Database): StoredLog {
  const count = (sql: string) => Number(database.prepare(sql).pluck().get())
  return {
    origin: originOf(database),
    size: count('SELECT coalesce(max(idx) + 1, 0) FROM records'),
    isPartial: isPartial(database),
    records: (fromIndex) => readSealed(database, fromIndex),
    readTile: tileReader(database),
    checkpoints: () => readCheckpoints(database),
    keyRecords: (index) => keyRecords(database, index)
  }
}
