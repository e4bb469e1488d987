import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'

/** Rows that are changed before the write-ahead log is taken into the database, at least. */
const MANY_ROWS = 1_000
/** Pages that it then has, about: whoever writes takes it in by themselves once it has 1,000. */
const MANY_PAGES = 300

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
  let most = MANY_ROWS
  for (const _ of steps) {
    yield
    const now = changesOf(database)
    if (now - before < most) continue
    const [result] = database.pragma('wal_checkpoint(PASSIVE)') as { readonly log: number }[]
    const fitting = Math.floor(((now - before) * MANY_PAGES) / Math.max(result?.log ?? 0, 1))
    most = Math.max(MANY_ROWS, Math.min(fitting, 2 * most))
    before = now
    yield
  }
}
