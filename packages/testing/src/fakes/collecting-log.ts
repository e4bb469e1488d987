import {
  type AuditError,
  type AuditLog,
  type AuditLogOptions,
  createAuditLog,
  type Journal
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'

/** A log, its journal, and the problems it reported. */
export interface CollectingLog<J extends Journal> {
  /** The log that the code under test records in. */
  readonly log: AuditLog
  /** Where its records are. */
  readonly journal: J
  /** What was reported to `onProblem`, in order. */
  readonly problems: AuditError[]
}

/** Makes a log on a journal with the platform of Node. Its deadline is a minute unless given, for slow machines. */
export function collectingLog<J extends Journal>(
  journal: J,
  options: Partial<Omit<AuditLogOptions, 'journal'>> = {}
): CollectingLog<J> {
  const problems: AuditError[] = []
  const onProblem = (problem: AuditError) => {
    problems.push(problem)
  }
  const log = createAuditLog({
    journal,
    platform: nodePlatform(),
    deadlineMs: 60_000,
    onProblem,
    ...options
  })
  return { log, journal, problems }
}
