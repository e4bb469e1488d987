import { createRequire } from 'node:module'
import { AuditError } from '@slm-audit/core/journal'
import type { Database, OpenOptions } from './database.ts'

const PACKAGE = 'better-sqlite3-multiple-ciphers'

/** AEGIS-256: at pages of 16 KiB it costs 1.06 times the CPU of a row, the default of the package 3 times. */
const CIPHER = 'aegis'

type EncryptedSqlite = new (
  location: string,
  options: object
) => Database & {
  key(key: Buffer): number
  rekey(key: Buffer): number
}

/**
 * Opens an encrypted database: its pages, its write-ahead log and its journals hold nothing that is
 * plain, and temporary tables stay in memory. A wrong key shows at the first statement, as
 * SQLITE_NOTADB. Without a key it is plain, to be encrypted by `rekey`. Throws AuditError `journal_unavailable` where the driver is not installed.
 */
export function openEncrypted(
  location: string,
  key: Uint8Array | undefined,
  { readonly = false, timeoutMs = 5_000 }: OpenOptions
): InstanceType<EncryptedSqlite> {
  const Encrypted = load()
  const options = { readonly, fileMustExist: readonly, timeout: timeoutMs }
  const database = new Encrypted(location, options)
  try {
    database.pragma(`cipher = '${CIPHER}'`)
    if (key) database.key(Buffer.from(key))
    database.pragma('temp_store = MEMORY')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

let loaded: EncryptedSqlite | undefined

function load(): EncryptedSqlite {
  try {
    loaded ??= createRequire(import.meta.url)(PACKAGE) as EncryptedSqlite
    return loaded
  } catch (cause) {
    const message = `an encrypted database needs the package ${PACKAGE}; install it beside slm-audit: npm install ${PACKAGE}`
    throw new AuditError('journal_unavailable', message, { cause })
  }
}
