import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import type { UnplacedRecord } from '../record/record.ts'
import {
  type PendingRecord,
  parseRecord,
  recordSize,
  type SealedRecord
} from '../record/sealed-record.ts'
import { type Cursors, memoryCursors } from './cursors.ts'
import type { Journal } from './journal.ts'
import { KnownParts } from './known-parts.ts'
import { memoryReviews } from './reviews.ts'
import { seal } from './seal.ts'

/** Options of `memoryJournal`. */
export interface MemoryJournalOptions {
  /** `memory` unless given. */
  readonly origin?: string
  /**
   * Most records that it keeps; all unless given. Older ones then make room for new ones: a bounded
   * queue for exporters, whose logs count in a `gap` record what was dropped before its delivery.
   */
  readonly maxRecords?: number
  /** Most bytes of headers and contents that it keeps, but for the newest record; all unless given. */
  readonly maxBytes?: number
}

/** A journal that keeps its records in memory, for tests, browsers and short-lived scripts. */
export interface MemoryJournal extends Journal {
  /** The records that it keeps, in order. */
  readonly records: readonly SealedRecord[]
  /** What it remembers of its exporters. */
  readonly cursors: Cursors
}

const OPTIONS = ['origin', 'maxRecords', 'maxBytes']

/**
 * Makes a journal in memory; what it holds is gone with the process. Throws AuditError `bad_option`.
 */
export function memoryJournal(options: MemoryJournalOptions = {}): MemoryJournal {
  refuseUnknown('memoryJournal', options, OPTIONS)
  const { origin = 'memory' } = options
  const maxRecords = boundOf(options, 'maxRecords')
  const maxBytes = boundOf(options, 'maxBytes')
  const records: SealedRecord[] = []
  const stored = new Set<string>()
  let [size, bytes] = [0, 0]
  let closed = false
  const newSalt = () => crypto.getRandomValues(new Uint8Array(32))
  const known = new KnownParts({ newSalt })
  const makeRoom = (): void => {
    let count = Math.max(0, records.length - maxRecords)
    for (let at = 0; at < records.length; at++) {
      const record = records[at]
      if (!record || (at >= count && bytes <= maxBytes) || at === records.length - 1) break
      count = Math.max(count, at + 1)
      bytes -= recordSize(record)
    }
    if (count === 0) return
    for (const { header } of records.splice(0, count)) stored.delete(keyOf(parseRecord({ header })))
  }
  return {
    origin,
    records,
    cursors: memoryCursors(),
    reviews: memoryReviews(),
    size: () => Promise.resolve(size),
    async append(pending: readonly PendingRecord[]) {
      if (closed) throw new AuditError('closed', 'the journal is closed; open a new one')
      const batch: SealedRecord[] = []
      const keys: string[] = []
      for (const one of pending) {
        const key = keyOf(one.record)
        if (one.retried && stored.has(key)) continue
        batch.push(seal(one, size + batch.length, { origin, newSalt, known }))
        keys.push(key)
      }
      records.push(...batch)
      size += batch.length
      for (const record of batch) bytes += recordSize(record)
      for (const key of keys) stored.add(key)
      makeRoom()
    },
    async *read(fromIndex = 0) {
      const end = size
      for (let index = fromIndex; index < end; index++) {
        const first = records[0]?.index ?? end
        index = Math.max(index, first)
        const record = records[index - first]
        if (record && index < end) yield record
      }
    },
    drainSync: () => true,
    async [Symbol.asyncDispose]() {
      closed = true
    }
  }
}

function boundOf(options: MemoryJournalOptions, name: 'maxRecords' | 'maxBytes'): number {
  const value: unknown = options[name] ?? Number.POSITIVE_INFINITY
  if (typeof value === 'number' && value >= 1) return value
  throw new AuditError('bad_option', `${name} must be a number of at least 1`)
}

function keyOf({ auditId, stage }: Pick<UnplacedRecord, 'auditId' | 'stage'>): string {
  return `${auditId} ${stage}`
}
