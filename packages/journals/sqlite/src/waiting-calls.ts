import { realFile, type WaitingCalls, waitingCalls as waitingIn } from '@slm-audit/core/node'
import { openForReading } from './store/open-database.ts'
import { spoolsOf } from './store/spool-places.ts'

/**
 * Counts the calls that wait in spools beside a database and are not in it yet: those that an application which runs
 * has not brought in, and those of killed processes that nobody could take in here, as the ground is read-only or the
 * key is elsewhere. Changes nothing. Throws AuditError, or the system's error where the spools may not be looked at.
 */
export function waitingCalls(path: string): WaitingCalls {
  const file = realFile(path)
  const database = openForReading(file)
  try {
    const place = database.prepare('SELECT place FROM spools WHERE id = ?').pluck()
    return waitingIn(spoolsOf(file), (spool) => place.get(spool) as string | undefined)
  } finally {
    database.close()
  }
}
