import { AuditError } from './error.ts'
import type { Draft, Journal, SealedRecord } from './journal.ts'
import { seal } from './seal.ts'

/** Options of `memoryJournal`. */
export interface MemoryJournalOptions {
  /** `memory` unless given. */
  readonly origin?: string
}

/** A journal that keeps its records in memory, for tests, browsers and short-lived scripts. */
export interface MemoryJournal extends Journal {
  /** The records so far, in order. */
  readonly records: readonly SealedRecord[]
}

/** Makes a journal in memory. It keeps all it gets; what it holds is gone with the process. */
export function memoryJournal(options: MemoryJournalOptions = {}): MemoryJournal {
  const origin = options.origin ?? 'memory'
  const records: SealedRecord[] = []
  const stored = new Set<string>()
  let closed = false
  const newSalt = () => crypto.getRandomValues(new Uint8Array(32))
  return {
    origin,
    records,
    size: () => Promise.resolve(records.length),
    async append(drafts: readonly Draft[]) {
      if (closed) throw new AuditError('closed', 'the journal is closed; open a new one')
      const batch: SealedRecord[] = []
      const keys: string[] = []
      for (const draft of drafts) {
        const key = `${draft.record.auditId} ${draft.record.stage}`
        if (draft.retried && stored.has(key)) continue
        batch.push(seal(draft, records.length + batch.length, { origin, newSalt }))
        keys.push(key)
      }
      records.push(...batch)
      for (const key of keys) stored.add(key)
    },
    async *read(fromIndex = 0) {
      const end = records.length
      for (let index = fromIndex; index < end; index++) {
        const record = records[index]
        if (record) yield record
      }
    },
    drainSync: () => true,
    async [Symbol.asyncDispose]() {
      closed = true
    }
  }
}
