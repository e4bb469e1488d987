import { existsSync, readdirSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import { databaseKeyOf, useDatabaseKey } from './driver/database-key.ts'
import { openEncrypted } from './driver/encrypted-database.ts'
import { removeIndex } from './index/index-database.ts'
import { openForReading } from './store/open-database.ts'
import { checkFormat } from './store/schema.ts'

/**
 * Encrypts a database with another key, or for the first time; its records and proofs stay as they are.
 * Nobody else may have it open. It is one transaction of SQLite: a process that is killed meanwhile leaves
 * it as it was. The index is made anew by whoever reads or writes the log next.
 *
 * The key that it has now is the one of `unlockDatabase`. Throws AuditError `bad_key` for a key that is not
 * its key, and `journal_unavailable` while somebody has it open.
 */
export function rekeyDatabase(path: string, key: Uint8Array): void {
  const file = realFile(path)
  // First, so that no database is made where there is none, and with the key that it has now.
  openForReading(file).close()
  checkSpools(`${file}-spool`)
  const database = openEncrypted(file, databaseKeyOf(file), { timeoutMs: 0 })
  try {
    checkFormat(database, file)
    database.pragma('locking_mode = EXCLUSIVE')
    // Keys cannot change beside a write-ahead log; leaving it needs the database alone.
    database.pragma('journal_mode = DELETE')
    database.rekey(Buffer.from(key))
    database.pragma('journal_mode = WAL')
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown }
    if (!/^SQLITE_(BUSY|LOCKED)/.test(String(code))) throw cause
    const message = `${file} is open elsewhere; stop what writes and reads it, then try again`
    throw new AuditError('journal_unavailable', message, { cause })
  } finally {
    database.close()
  }
  useDatabaseKey(file, key)
  removeIndex(file)
}

/** What waits in a spool is encrypted with the old key. */
function checkSpools(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  const message = `calls wait in ${folder}, or an application is running; stop it, have slm-audit list take them in, then try again`
  throw new AuditError('journal_unavailable', message)
}
