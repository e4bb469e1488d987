import type { Database } from '../driver/database.ts'

/** How often somebody who reads meanwhile is waited for, and how long each time. */
const TRIES = 40
const PAUSE_MS = 50

/**
 * Takes everything out of a database's write-ahead log, so that nothing of older states stays there.
 * False where somebody who reads holds it back; closing the last connection then takes it away.
 */
export function emptyLog(database: Database): boolean {
  for (let tries = TRIES; tries > 0; tries--) {
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[]
    if (result?.busy === 0) return true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
  return false
}
