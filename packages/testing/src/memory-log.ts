import {
  type AuditError,
  type AuditedCall,
  type AuditLog,
  type AuditLogOptions,
  createAuditLog,
  type MemoryJournal,
  memoryJournal,
  mergeCall,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'

/** A log in memory, its journal, and the problems it reported. */
export interface MemoryLog {
  readonly log: AuditLog
  readonly journal: MemoryJournal
  readonly problems: AuditError[]
  /** The calls recorded so far, after a flush. */
  calls(): Promise<AuditedCall[]>
}

/** Makes a log in memory with the platform of Node. Its deadline is a minute unless given, for slow machines. */
export function memoryLog(options: Partial<Omit<AuditLogOptions, 'journal'>> = {}): MemoryLog {
  const journal = memoryJournal()
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
  return {
    log,
    journal,
    problems,
    async calls() {
      await log.flush()
      return callsOf(journal.records)
    }
  }
}

/** The calls of some records, merged, in the order in which they were received. */
export function callsOf(records: readonly SealedRecord[]): AuditedCall[] {
  const byId = Map.groupBy(records, (sealed) => parseRecord(sealed).auditId)
  return [...byId.values()].map((group) => mergeCall(group)).filter((call) => call !== undefined)
}
