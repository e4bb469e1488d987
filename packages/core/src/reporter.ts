import { AuditError, messageOf } from './error.ts'
import type { Platform } from './platform.ts'

/** Tells of a problem of the audit log. Never throws. */
export type Report = (problem: AuditError) => void

/** Reports to the application's `onProblem`, or to the platform where there is none. */
export function newReporter(onProblem: Report | undefined, platform: Platform): Report {
  return (problem) => {
    try {
      if (onProblem) onProblem(problem)
      else platform.warn(problem)
    } catch (cause) {
      // An onProblem that throws must not reach the host either; the platform is told instead.
      const message = `onProblem threw: ${messageOf(cause)}; the problem was: ${problem.message}`
      platform.warn(new AuditError('observer_failed', message, { cause }))
    }
  }
}
