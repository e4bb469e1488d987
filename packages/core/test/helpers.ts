import {
  type AuditError,
  type AuditLogOptions,
  createAuditLog,
  type Journal,
  memoryJournal,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { type AuditedCall, mergeCall } from '@slm-audit/core/reader'

/** A log in memory that collects its problems. Its deadline is none unless a test gives one. */
export function newLog(options: Partial<AuditLogOptions> & { journal?: Journal } = {}) {
  const journal = memoryJournal()
  const problems: AuditError[] = []
  const log = createAuditLog({
    journal,
    platform: nodePlatform(),
    deadlineMs: 60_000,
    onProblem: (problem) => problems.push(problem),
    ...options
  })
  return { log, journal, problems }
}

/** The calls of a journal, merged, in the order in which they were received. */
export function callsOf(records: readonly SealedRecord[]): AuditedCall[] {
  const byId = Map.groupBy(records, (sealed) => parseRecord(sealed).auditId)
  return [...byId.values()].map((group) => mergeCall(group)).filter((call) => call !== undefined)
}

export const chat = { operation: 'chat', provider: 'test' } as const
