import {
  type AuditLogOptions,
  type MemoryJournal,
  memoryJournal,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core'
import { type AuditedCall, mergeCall } from '@slm-audit/core/reader'
import { type CollectingLog, collectingLog } from './collecting-log.ts'

/** A log in memory, its journal, and the problems it reported. */
export interface MemoryLog extends CollectingLog<MemoryJournal> {
  /** The calls recorded so far, after a flush. */
  calls(): Promise<AuditedCall[]>
}

/** Makes a log in memory, as {@link collectingLog} does on any journal. */
export function memoryLog(options: Partial<Omit<AuditLogOptions, 'journal'>> = {}): MemoryLog {
  const made = collectingLog(memoryJournal(), options)
  return {
    ...made,
    async calls() {
      await made.log.flush()
      return callsOf(made.journal.records)
    }
  }
}

/** The calls of some records, merged, in the order in which they were received. */
export function callsOf(records: readonly SealedRecord[]): AuditedCall[] {
  const byId = Map.groupBy(records, (sealed) => parseRecord(sealed).auditId)
  return [...byId.values()].map((group) => mergeCall(group)).filter((call) => call !== undefined)
}
