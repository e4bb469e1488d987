import { statSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/journal'

/**
 * Remembers which file a path names. What is returned throws AuditError `journal_failed` once the path
 * names none or another: SQLite would write on into a file that nobody finds any more.
 */
export function holdFile(path: string): () => void {
  const held = identityOf(path)
  return () => {
    if (isHeld(path, held)) return
    const message = `${path} was deleted or replaced while it was open; put it back, or close the log and open a new one`
    throw new AuditError('journal_failed', message)
  }
}

/**
 * `holdFile` for a database and its write-ahead log. Another copy of SQLite in this process, such as another driver's, ends
 * the locks of this one and takes that log away as it closes the database: what is written on into it is found by nobody
 * after a kill. This thread then ends, behind the AuditError that is thrown, so that the next one opens the database anew.
 */
export function holdDatabase(file: string): () => void {
  const wal = `${file}-wal`
  const held = identityOf(wal)
  const checkFile = holdFile(file)
  let problem: AuditError | undefined
  return () => {
    checkFile()
    if (!problem && isHeld(wal, held)) return
    problem ??= endThread(wal)
    throw problem
  }
}

function endThread(wal: string): AuditError {
  const message = `${wal} was taken away while it was open, as by another copy of SQLite in this process; read the log through openReader, or in another process`
  const problem = new AuditError('journal_failed', message)
  setImmediate(() => {
    throw problem
  })
  return problem
}

function isHeld(path: string, held: string | undefined): boolean {
  try {
    return identityOf(path) === held
  } catch {
    // A process that gave up its rights to look may write on all the same.
    return true
  }
}

function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}
