import { open } from 'node:fs/promises'
import { type CheckpointStore, keptHeadPaths, nodeSha256 } from '@slm-audit/core/node'
import { consistencyProof, hashReader } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import type { NewestKey } from '../store/key-records.ts'
import { originOf } from '../store/schema.ts'
import { tileReader } from '../store/tree.ts'
import { rowOf, type Writer } from '../store/writer.ts'

/** Where the newest head of a log is kept beside it. */
export interface HeadPlaces {
  readonly keyFile: string | undefined
  readonly stateFolder: boolean | undefined
}

/** The checkpoints of a database. */
export function checkpointStore(
  database: Database,
  writer: Writer,
  key: NewestKey,
  places: HeadPlaces
): CheckpointStore {
  const read = hashReader(tileReader(database), nodeSha256)
  const origin = originOf(database)
  // One of a size that the log does not have is none of its checkpoints, and must not end signing.
  const newest = database
    .prepare(
      'SELECT max(size) FROM checkpoints WHERE size <= (SELECT coalesce(max(idx) + 1, 0) FROM records)'
    )
    .pluck()
  return {
    origin,
    head: () => writer.head(),
    proof: (first, second) => consistencyProof(first, second, read, nodeSha256),
    headPaths: () => keptHeadPaths({ log: database.name, origin, key: key.get(), ...places }),
    newestSize: () => Number(newest.get() ?? 0),
    newestKey: () => key.get(),
    async store(size, note) {
      const isStored = storeCheckpoint(database, size, note)
      if (isStored) await syncCommitted(database)
      return isStored
    },
    append: (one) => writer.append([rowOf(one)])
  }
}

/**
 * Waits until the disk has what was committed, at any level of durability, while the writer goes
 * on: a log that a loss of power shortens must not have shown, and then sign, another history of
 * the same size. What is no longer in the write-ahead log SQLite has synced itself.
 */
async function syncCommitted(database: Database): Promise<void> {
  const log = await open(`${database.name}-wal`, 'r+')
  try {
    await log.sync()
  } finally {
    await log.close()
  }
}

/** Stores a signed checkpoint; false when another writer has stored one of this size. */
export function storeCheckpoint(database: Database, size: number, note: string): boolean {
  const stored = database
    .prepare(
      `INSERT INTO checkpoints SELECT ?, ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = CAST(? AS INTEGER))`
    )
    .run(size, Date.now(), note, size)
  return stored.changes > 0
}
