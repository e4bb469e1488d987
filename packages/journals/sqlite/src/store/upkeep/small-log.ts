import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'

/** Rows that are changed before the write-ahead log is taken into the database. */
const MANY_ROWS = 1_000

/** How many rows a connection has changed. */
export function changesOf(database: Database): number {
  return Number(prepared(database, 'SELECT total_changes()').pluck().get())
}

/**
 * Takes steps that write, and now and then what they wrote into the database, as a step of its own that keeps nobody
 * from writing: the next writer would do it else, once the write-ahead log has grown, and wait for it.
 */
export function* keepLogSmall(database: Database, steps: Iterable<void>): Generator<void> {
  let before = changesOf(database)
  for (const _ of steps) {
    yield
    const now = changesOf(database)
    if (now - before < MANY_ROWS) continue
    before = now
    database.pragma('wal_checkpoint(PASSIVE)')
    yield
  }
}
