import { randomUUID } from 'node:crypto'
import { AuditError, messageOf, pendingAccess } from '@slm-audit/core/journal'
import type { AccessNote } from '@slm-audit/core/reader'
import { openForWriting } from '../store/open-database.ts'
import { rowOf, Writer } from '../store/writer.ts'

/**
 * Adds the record of an access to a log. Readers need no key: whoever signs the log next signs it, too. Throws AuditError
 * `journal_unavailable` where the log cannot be written, and then nothing may be given away.
 *
 * @param checkFile Throws where the path leads to another file than what is read: a log would be made there, or another
 * one would have the record.
 */
export function recordAccess(file: string, note: AccessNote, checkFile: () => void): void {
  try {
    checkFile()
    const database = openForWriting(file, 'process', '')
    try {
      new Writer(database, randomUUID()).append([rowOf(pendingAccess(note))])
    } finally {
      database.close()
    }
  } catch (cause) {
    const message = `this log records who reads it, and that could not be recorded: ${messageOf(cause)}; read it where it can be written`
    throw new AuditError('journal_unavailable', message, { cause })
  }
}
