import type { Database } from '../../driver/database.ts'

/** Pages that are given back in one step: a megabyte of the evidence. */
const PAGES = 64
/** How often whoever reads is waited for. */
const TRIES = 20

/**
 * Gives free pages back to the file system in small steps, and takes older pages out of the write-ahead
 * log, without making writers wait. A database that was made before it could do so keeps its free pages, and
 * uses them for what is recorded next. Throws SQLite's error.
 */
export function* giveBack(database: Database): Generator<void> {
  const isAble = Number(database.pragma('auto_vacuum', { simple: true })) === 2
  const freePages = () => Number(database.pragma('freelist_count', { simple: true }))
  for (let left = freePages(); isAble && left > 0; ) {
    database.exec(`PRAGMA incremental_vacuum(${PAGES})`)
    yield
    const now = freePages()
    if (now >= left) break
    left = now
  }
  const timeout = Number(database.pragma('busy_timeout', { simple: true }))
  database.pragma('wal_checkpoint(PASSIVE)')
  yield
  database.pragma('busy_timeout = 0')
  try {
    for (let tries = TRIES; tries > 0; tries--) {
      const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[]
      if (result?.busy === 0) return
      yield
    }
  } finally {
    database.pragma(`busy_timeout = ${timeout}`)
  }
}
