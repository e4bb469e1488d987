import { tick } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import type { Journal } from '../journal/journal.ts'
import type { Pump } from '../recording/batcher.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'

const RETRY_MS = 50

/** What a flush that did not succeed until the deadline failed with. */
export interface FlushFailure {
  readonly cause: unknown
}

/** Flushes, again while it fails and the deadline (by `tick`) is not over. */
export async function flushUntil(
  deadline: number,
  flush: () => Promise<void>,
  platform: Platform
): Promise<FlushFailure | undefined> {
  for (;;) {
    try {
      await flush()
      return undefined
    } catch (cause) {
      if (tick() >= deadline) return { cause }
      await new Promise<void>((resolve) => platform.defer(resolve, RETRY_MS))
    }
  }
}

/** Longest wait for the gap to be stored, in milliseconds. */
const GAP_MS = 500

/**
 * Ends a pump whose journal did not take all records until the deadline: the rest is lost and
 * reported, and counted in one last gap, for which there may be room where there was none for the
 * rest.
 */
export async function giveUpRest(
  pump: Pump,
  { cause }: FlushFailure,
  recordGap: (lost: number) => void,
  platform: Platform,
  report: Report
): Promise<void> {
  const message = `${pump.waiting} records were lost at close: ${messageOf(cause)}`
  const problem = new AuditError('journal_failed', message, { cause })
  recordGap(pump.abandon(problem))
  const late = Promise.withResolvers<void>()
  const cancel = platform.defer(late.resolve, GAP_MS)
  // That the gap was not stored either adds nothing to what is reported below.
  await Promise.race([pump.flush().catch(() => undefined), late.promise])
  cancel()
  report(problem)
}

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
