import { AuditError, messageOf } from '../base/error.ts'
import { isPromiseLike } from '../base/promises.ts'
import type { Platform } from './platform.ts'

/** Tells of a problem of the audit log. Never throws. */
export type Report = (problem: AuditError) => void

/** Reports to the application's `onProblem`, or to the platform where there is none. */
export function newReporter(onProblem: Report | undefined, platform: Platform): Report {
  const warn: Report = (problem) => {
    try {
      platform.warn(problem)
    } catch {
      // Nobody is left who could be told.
    }
  }
  return (problem) => {
    // An onProblem that fails must not reach the host either; the platform is told instead.
    const failed = (cause: unknown) => {
      const message = `onProblem threw: ${messageOf(cause)}; the problem was: ${problem.message}`
      warn(new AuditError('observer_failed', message, { cause }))
    }
    try {
      if (!onProblem) warn(problem)
      else {
        const told: unknown = onProblem(problem)
        if (isPromiseLike(told)) told.then(undefined, failed)
      }
    } catch (cause) {
      failed(cause)
    }
  }
}
