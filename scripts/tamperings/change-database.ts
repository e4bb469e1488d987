import type { Database } from '../../packages/journals/sqlite/src/driver/database.ts'
import { openDatabase } from '../../packages/journals/sqlite/src/driver/driver.ts'
import type { Found, Mode, Tampering } from './tampering.ts'

/** Opens a copy without its guards. */
export function change(file: string, run: (database: Database) => unknown): void {
  const database = openDatabase(file)
  try {
    const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
    for (const name of database.prepare(triggers).pluck().all()) {
      database.exec(`DROP TRIGGER "${name}"`)
    }
    run(database)
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/** Makes a tampering of some SQL. */
export type InSql = (
  name: string,
  sql: string,
  found: Found,
  shownBy?: readonly Mode[]
) => Tampering<string>

/** Records that the tamperings are about. */
export interface Facts {
  /** A record with a whole content, one with a content in parts, and the key that replaced another. */
  readonly whole: number
  readonly parted: number
  readonly keyChange: number
  /** Sizes of the checkpoints. */
  readonly signed: readonly number[]
}
