import { statSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/journal'

/** Whether a file is there and not empty. */
export function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/**
 * Refuses a database that is gone, or empty, while its write-ahead log is there: SQLite would remove that, and with it the
 * newest records, which it may be all that is left of. Throws AuditError `journal_unavailable`.
 */
export function checkWalHasDatabase(file: string): void {
  const wal = `${file}-wal`
  if (hasContent(file) || !hasContent(wal)) return
  throw new AuditError(
    'journal_unavailable',
    `there is no database at ${file}, and ${wal} has records of one; put the database back, or move that file elsewhere as well`
  )
}
