import type { Database } from '../../driver/database.ts'
import { heldFrom } from './held-time.ts'
import { StepSize } from './step-size.ts'
import { whenFree } from './when-free.ts'

/** Pages that the first step gives back. */
const FIRST_PAGES = 16
/** How often whoever reads is waited for. */
const TRIES = 20

/**
 * Gives free pages back to the file system in small steps, and takes older pages out of the write-ahead
 * log, without making writers wait. A database that was made before it could do so keeps its free pages, and
 * uses them for what is recorded next. Throws SQLite's error.
 */
export function* giveBack(database: Database): Generator<void> {
  const isAble = isGivenBack(database)
  const freePages = () => Number(database.pragma('freelist_count', { simple: true }))
  const pages = new StepSize(FIRST_PAGES)
  for (let left = freePages(); isAble && left > 0; ) {
    const began = performance.now()
    yield* whenFree(() => database.exec(`PRAGMA incremental_vacuum(${pages.count})`))
    heldFrom(database, began)
    pages.took(performance.now() - began)
    yield
    const now = freePages()
    if (now >= left) break
    left = now
  }
  yield* emptySlowly(database)
}

/** Whether a database can give its free pages back: one that was made before it could do so keeps them. */
export function isGivenBack(database: Database): boolean {
  return Number(database.pragma('auto_vacuum', { simple: true })) === 2
}

/** Takes everything out of the write-ahead log, as far as nobody reads older states of it. */
function* emptySlowly(database: Database): Generator<void> {
  database.pragma('wal_checkpoint(PASSIVE)')
  yield
  for (let tries = TRIES; tries > 0 && !isEmptied(database); tries--) yield
}

/** Whether the write-ahead log is empty now. Waits for nobody; what is written next from here waits as before. */
function isEmptied(database: Database): boolean {
  const timeout = Number(database.pragma('busy_timeout', { simple: true }))
  database.pragma('busy_timeout = 0')
  try {
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[]
    return result?.busy === 0
  } finally {
    database.pragma(`busy_timeout = ${timeout}`)
  }
}
