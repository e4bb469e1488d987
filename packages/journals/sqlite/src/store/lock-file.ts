import { chmodSync, existsSync } from 'node:fs'
import Database from 'better-sqlite3'

/**
 * Opens a lock: an empty database beside the log, mode 0600. Who holds it has an exclusive
 * transaction on it, which the operating system ends when the process dies.
 */
export function openLockFile(path: string, timeoutMs: number): Database.Database {
  const isNew = !existsSync(path)
  // Only SQLite may open it: closing another handle would end the locks of this process (POSIX).
  const database = new Database(path, { timeout: timeoutMs })
  if (isNew) chmodSync(path, 0o600)
  return database
}
