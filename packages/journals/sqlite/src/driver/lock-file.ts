import { chmodSync, existsSync, truncateSync } from 'node:fs'
import type { Database } from './database.ts'
import { openDatabase } from './driver.ts'

/**
 * Opens a lock: an empty database beside the log, mode 0600. Who holds it has an exclusive
 * transaction on it, which the operating system ends when the process dies.
 */
export function openLockFile(path: string, timeoutMs: number): Database {
  const isNew = !existsSync(path)
  // Only SQLite may open it: closing another handle would end the locks of this process (POSIX).
  let database = openDatabase(path, { timeoutMs })
  if (isNew) chmodSync(path, 0o600)
  else if (!isLock(database)) {
    // Nobody can hold what is no database: an empty file is a lock again.
    database.close()
    truncateSync(path)
    database = openDatabase(path, { timeoutMs })
  }
  return database
}

function isLock(database: Database): boolean {
  try {
    database.pragma('schema_version')
    return true
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== 'SQLITE_NOTADB'
  }
}
