import { chmodSync, existsSync } from 'node:fs'
import type { Database } from './database.ts'
import { openDatabase } from './driver.ts'

/**
 * Opens a lock: an empty database beside the log, mode 0600. Who holds it has an exclusive
 * transaction on it, which the operating system ends when the process dies.
 */
export function openLockFile(path: string, timeoutMs: number): Database {
  const isNew = !existsSync(path)
  // Only SQLite may open it: closing another handle would end the locks of this process (POSIX).
  const database = openDatabase(path, { timeoutMs: timeoutMs })
  if (isNew) chmodSync(path, 0o600)
  return database
}
