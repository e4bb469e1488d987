import { tick } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import type { Journal } from '../journal/journal.ts'
import type { Carrier } from '../recording/frame.ts'
import { withDeadline } from '../runtime/deadline.ts'
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
      const leftMs = Math.max(0, deadline - tick())
      await withDeadline(leftMs, flush(), platform, 'the journal did not answer in time')
      return undefined
    } catch (cause) {
      if (tick() >= deadline) return { cause }
      await new Promise<void>((resolve) => platform.defer(resolve, RETRY_MS))
    }
  }
}

/**
 * Stores what there is where the process exits, and says what could not be stored in time. Never throws: that
 * would change how the process ends.
 */
export function drainCarrier(carrier: Carrier, timeoutMs: number, report: Report): void {
  const failed = (why: string, cause?: unknown) => {
    const message = `not all records were stored at the exit: ${why}`
    report(new AuditError('journal_failed', message, { cause }))
  }
  try {
    if (carrier.drainSync?.(timeoutMs) === false) failed(`it took longer than ${timeoutMs} ms`)
  } catch (cause) {
    failed(messageOf(cause), cause)
  }
}

/**
 * A journal has so long to close, whatever the log's deadline: longer than an anchor has for its answer.
 * Then the application goes on.
 */
const CLOSE_MS = 15_000

/** Closes a journal, and leaves one that does not end. Never rejects. */
export async function closeJournal(
  journal: Journal,
  platform: Platform,
  report: Report
): Promise<void> {
  try {
    const late = `it did not end within ${CLOSE_MS / 1_000} s`
    await withDeadline(CLOSE_MS, journal[Symbol.asyncDispose](), platform, late)
  } catch (cause) {
    const message = `the journal did not close: ${messageOf(cause)}`
    report(new AuditError('journal_failed', message, { cause }))
  }
}
