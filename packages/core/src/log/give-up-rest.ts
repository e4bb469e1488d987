import { AuditError, messageOf } from '../base/error.ts'
import type { Pump } from '../recording/batcher.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'
import type { FlushFailure } from './closing.ts'

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
