import type { StoredLog } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { originOf } from './schema.ts'
import { readSealed, sealedAt } from './sealed-rows.ts'
import { readCheckpoints } from './stored-checkpoints.ts'
import { tileReader } from './tree.ts'

/** The log in a database as verification reads it. */
export function storedLog(database: Database): StoredLog {
  const count = (sql: string) => Number(database.prepare(sql).pluck().get())
  return {
    origin: originOf(database),
    size: count('SELECT coalesce(max(idx) + 1, 0) FROM records'),
    records: (fromIndex) => readSealed(database, fromIndex),
    readTile: tileReader(database),
    checkpoints: () => readCheckpoints(database),
    keyRecords(index) {
      const indices = database
        .prepare(`SELECT id FROM calls WHERE kind = 'key.added' AND stage = 'event' AND id < ?
            ORDER BY id`)
        .pluck()
        .all(index) as number[]
      return indices.flatMap((each) => sealedAt(database, each) ?? [])
    }
  }
}
