import { AuditError, messageOf } from '../base/error.ts'
import type { Journal } from '../journal/journal.ts'
import type { Report } from '../runtime/reporter.ts'

/** Drains a journal where the process exits. Never throws: that would change how the process ends. */
export function drainJournal(journal: Journal, timeoutMs: number, report: Report): void {
  try {
    journal.drainSync?.(timeoutMs)
  } catch (cause) {
    const message = `the journal was not drained at the exit: ${messageOf(cause)}`
    report(new AuditError('journal_failed', message, { cause }))
  }
}

/** Closes a journal. Never rejects. */
export async function closeJournal(journal: Journal, report: Report): Promise<void> {
  try {
    await journal[Symbol.asyncDispose]()
  } catch (cause) {
    const message = `the journal did not close: ${messageOf(cause)}`
    report(new AuditError('journal_failed', message, { cause }))
  }
}
