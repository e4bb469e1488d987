import { AuditError, messageOf } from '../base/error.ts'
import type { Waiting } from '../recording/open-calls.ts'
import { keepProcessAlive, withDeadline } from '../runtime/deadline.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'
import type { Mode, Settings } from './options.ts'

/** Who waits in each mode; see `waitingOf`. */
export function newWaiting(
  settings: Pick<Settings, 'mode' | 'deadlineMs'>,
  platform: Platform,
  report: Report
): (mode?: Mode) => Waiting {
  const { deadlineMs } = settings
  const all = new Map<Mode, Waiting>()
  return (mode = settings.mode) => {
    const known = all.get(mode) ?? waitingOf({ mode, deadlineMs }, platform, report)
    all.set(mode, known)
    return known
  }
}

/** What callers wait for in the blocking modes: the records of their calls, at most until the deadline. */
function waitingOf(
  { mode, deadlineMs }: Pick<Settings, 'mode' | 'deadlineMs'>,
  platform: Platform,
  report: Report
): Waiting {
  const isStrict = mode === 'blocking-strict'
  const late = `nothing was stored within ${deadlineMs} ms`
  /** Whether it was told that waiting was in vain; again only after one call has been recorded in time. */
  let isTold = false
  return {
    atEnd: mode !== 'async',
    isStrict,
    untilKept(auditId, kept) {
      const keeping = kept()
      if (keeping === undefined) return undefined
      const wait = async () => {
        try {
          await keepProcessAlive(platform, withDeadline(deadlineMs, keeping, platform, late))
          isTold = false
        } catch (cause) {
          const message = `call ${auditId} could not be recorded: ${messageOf(cause)}`
          const problem = new AuditError('not_recorded', message, { cause })
          if (!isTold) report(problem)
          isTold = true
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
