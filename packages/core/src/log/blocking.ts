import { AuditError, messageOf } from '../base/error.ts'
import type { Waiting } from '../recording/open-calls.ts'
import { keepProcessAlive, withDeadline } from '../runtime/deadline.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'
import type { Settings } from './options.ts'

/** What callers wait for in the blocking modes: the records of their calls, at most until the deadline. */
export function waitingOf(
  { mode, deadlineMs }: Pick<Settings, 'mode' | 'deadlineMs'>,
  platform: Platform,
  report: Report
): Waiting {
  const isStrict = mode === 'blocking-strict'
  const late = `nothing was stored within ${deadlineMs} ms`
  return {
    atEnd: mode !== 'async',
    isStrict,
    untilKept(auditId, kept) {
      const keeping = kept()
      if (keeping === undefined) return undefined
      const wait = async () => {
        try {
          await keepProcessAlive(platform, withDeadline(deadlineMs, keeping, platform, late))
        } catch (cause) {
          const message = `call ${auditId} could not be recorded: ${messageOf(cause)}`
          const problem = new AuditError('not_recorded', message, { cause })
          report(problem)
          if (isStrict) throw problem
        }
      }
      const waiting = wait()
      // A consumer that has gone hears of nothing.
      waiting.catch(() => undefined)
      return waiting
    }
  }
}
