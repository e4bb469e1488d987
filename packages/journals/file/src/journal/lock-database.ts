import { createRequire } from 'node:module'
import { AuditError } from '@slm-audit/core/journal'

/** What a lock uses of a SQLite database. */
export interface LockDatabase {
  exec(sql: string): unknown
  close(): unknown
}

type Open = (path: string, timeoutMs: number) => LockDatabase

let known: Open | undefined

/**
 * Opens a database that is used as a lock, with the driver that all locks of this process have: two would end
 * each other's locks. It is the one that logs in SQLite have: better-sqlite3 where it runs, else `node:sqlite`;
 * the variable SLM_AUDIT_SQLITE chooses. `timeoutMs` is how long a statement waits for another's lock. Throws the
 * driver's error, or AuditError `journal_unavailable` where there is no driver.
 */
export function openLockDatabase(path: string, timeoutMs: number): LockDatabase {
  known ??= findDriver(process.env.SLM_AUDIT_SQLITE)
  return known(path, timeoutMs)
}

function findDriver(wanted: string | undefined): Open {
  if (wanted === 'node:sqlite') return openByNode
  try {
    return betterDriver()
  } catch (error) {
    if (wanted === 'better-sqlite3') throw error
    return openByNode
  }
}

function betterDriver(): Open {
  type Better = new (path: string, options: { readonly timeout?: number }) => LockDatabase
  const Database = createRequire(import.meta.url)('better-sqlite3') as Better
  // What is installed and does not run here is found now.
  new Database(':memory:', {}).close()
  return (path, timeout) => new Database(path, { timeout })
}

function openByNode(path: string, timeoutMs: number): LockDatabase {
  const sqlite = process.getBuiltinModule('node:sqlite')
  if (!sqlite) {
    throw new AuditError(
      'journal_unavailable',
      'a log in files needs SQLite for its locks: install better-sqlite3, or update Node to 22.18 or later'
    )
  }
  const database = new sqlite.DatabaseSync(path)
  database.exec(`PRAGMA busy_timeout = ${timeoutMs}`)
  return database
}
