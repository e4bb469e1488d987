import { createRequire } from 'node:module'
import { checkNode } from '@slm-audit/core/node'
import type { Database, OpenOptions } from './database.ts'
import { databaseKeyOf, hasDatabaseKeys } from './database-key.ts'
import { openEncrypted } from './encrypted-database.ts'
import { NodeDatabase } from './node-database.ts'

/**
 * What opens databases. `better-sqlite3` where it is installed, else Node's own `node:sqlite`; the
 * variable SLM_AUDIT_SQLITE chooses one. Another one, such as of encrypted files, takes this shape.
 */
export interface Driver {
  readonly name: string
  open(location: string, options: OpenOptions): Database
}

const NAMES = ['better-sqlite3', 'node:sqlite'] as const

let known: Driver | undefined

/** The driver of this thread. Throws AuditError `journal_unavailable` where there is none. */
function driver(): Driver {
  checkNode()
  known ??= findDriver(process.env.SLM_AUDIT_SQLITE)
  return known
}

/**
 * Opens a database: a path, or an empty text for a temporary database that goes with its handle. One
 * that `useDatabaseKey` knows is opened with its key. Throws the driver's error, whose `code` is a name
 * of SQLite's such as SQLITE_BUSY.
 */
export function openDatabase(location: string, options: OpenOptions = {}): Database {
  const key = databaseKeyOf(location)
  if (key) return openEncrypted(location, key, options)
  const isTemporary = location === ''
  return driver().open(isTemporary && hasDatabaseKeys() ? ':memory:' : location, options)
}

/**
 * Opens a database by a `file:` URI with parameters of SQLite, for reading. Node's own driver does so
 * whichever is chosen: better-sqlite3 takes no URIs unless the whole process does. Throws as
 * `openDatabase` does, and AuditError `journal_unavailable` where there is no such driver.
 */
export function openUri(uri: string): Database {
  return nodeDriver.open(uri, { readonly: true })
}

function findDriver(wanted: string | undefined): Driver {
  if (wanted === 'node:sqlite') return nodeDriver
  try {
    return betterDriver()
  } catch (error) {
    if (wanted === 'better-sqlite3') throw error
    return nodeDriver
  }
}

const nodeDriver: Driver = {
  name: NAMES[1],
  open: (location, options) => new NodeDatabase(location, options)
}

type BetterSqlite = new (location: string, options: object) => Database

/**
 * Loads it at once and reads a row, so that what is installed and does not run here is passed over as well: where code may not
 * be made of texts, it opens databases and reads none.
 */
function betterDriver(): Driver {
  const Better = createRequire(import.meta.url)(NAMES[0]) as BetterSqlite
  const tried = new Better(':memory:', {})
  tried.prepare('SELECT 1 AS one').get()
  tried.close()
  return {
    name: NAMES[0],
    open: (location, { readonly = false, timeoutMs = 5_000 }) =>
      new Better(location, { readonly, fileMustExist: readonly, timeout: timeoutMs })
  }
}
