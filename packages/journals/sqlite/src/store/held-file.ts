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
