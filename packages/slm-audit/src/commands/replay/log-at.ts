import type { AuditLog, Journal } from '@slm-audit/core'
import { isLogAddress, loadPostgres } from '../../base/log-address.ts'
import { createAuditLog } from '../../create-audit-log.ts'
import { existingDatabase, existingFile, isDirectory, type ReadOptions } from '../with-reader.ts'

/** Who writes the calls that are made again. */
const SERVICE = 'slm-audit replay'

/**
 * Opens the log that is read, so that calls which are made again stand in it as well. Rejects with AuditError as opening a log
 * does, and `bad_option` for a copy, which is no log.
 */
export async function logAt(options: ReadOptions): Promise<AuditLog> {
  const file = existingFile(options)
  const journal = await journalAt(file)
  if (journal) return await createAuditLog({ journal, service: SERVICE })
  return await createAuditLog({ file: existingDatabase(options), service: SERVICE })
}

/** The journal of a log in files or on a server; `undefined` for a database. */
async function journalAt(file: string): Promise<Journal | undefined> {
  if (isLogAddress(file)) {
    const { openPostgresLog, postgresJournal } = await loadPostgres()
    await using log = await openPostgresLog({ url: file, ownWordsOnly: true })
    return await postgresJournal({ url: file, origin: log.origin })
  }
  if (!isDirectory(file)) return undefined
  const { fileJournal } = await import('@slm-audit/file')
  return await fileJournal({ directory: file })
}
