import type { CheckpointStore } from '@slm-audit/core/node-journal'
import type { Database } from 'better-sqlite3'
import { newestKey } from './newest-key.ts'
import { originOf } from './schema.ts'
import { rowOf, type Writer } from './writer.ts'

/** The checkpoints of a database. */
export function checkpointStore(database: Database, writer: Writer): CheckpointStore {
  const newest = database.prepare('SELECT max(size) FROM checkpoints').pluck()
  return {
    origin: originOf(database),
    head: () => writer.head(),
    newestSize: () => Number(newest.get() ?? 0),
    newestKey: () => newestKey(database),
    store: (size, note) => storeCheckpoint(database, size, note),
    append: (draft) => writer.append([rowOf(draft)])
  }
}

/**
 * Stores a signed checkpoint; false when another writer has stored one of this size. At any level
 * of durability it is on the disk before anybody is shown it, with the records that it signs: a
 * log that a loss of power shortens must not sign another history of the same size.
 */
export function storeCheckpoint(database: Database, size: number, note: string): boolean {
  if (database.inTransaction) return insertCheckpoint(database, size, note)
  const level = Number(database.pragma('synchronous', { simple: true }))
  database.pragma('synchronous = FULL')
  try {
    return insertCheckpoint(database, size, note)
  } finally {
    database.pragma(`synchronous = ${level}`)
  }
}

function insertCheckpoint(database: Database, size: number, note: string): boolean {
  const stored = database
    .prepare(
      `INSERT INTO checkpoints SELECT ?, ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = CAST(? AS INTEGER))`
    )
    .run(size, Date.now(), note, size)
  return stored.changes > 0
}
