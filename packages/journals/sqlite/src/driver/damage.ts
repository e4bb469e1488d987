import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Database } from './database.ts'

/** What SQLite says of pages that are not as it wrote them; errors of extended codes begin so, too. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/
const GONE = /^no such (table|column)/

/** Whether an error of SQLite's says that the file is damaged, or that a table of the log is gone. */
export function isDamage(error: unknown): boolean {
  if (AuditError.is(error)) return error.code === 'journal_damaged'
  const { code } = Object(error) as { readonly code?: unknown }
  return DAMAGED.test(String(code)) || (code === 'SQLITE_ERROR' && GONE.test(messageOf(error)))
}

/** Runs what reads a log. Throws AuditError `journal_damaged` where that finds damage, else what it throws. */
export function readable<T>(database: Database, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw explainDamage(database, error)
  }
}

/** What an error of SQLite's says of a log: AuditError `journal_damaged` where that is damage, else the error. */
export function explainDamage(database: Database, error: unknown): unknown {
  if (AuditError.is(error) || !isDamage(error)) return error
  const message = `${database.name} is damaged (${messageOf(error)}); slm-audit verify names the first record that is`
  return new AuditError('journal_damaged', message, { cause: error })
}
