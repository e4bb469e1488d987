import { pendingEvent } from './event-record.ts'
import { type PendingRecord, parseRecord, type SealedRecord } from './sealed-record.ts'

/** The kind of the records that say that the end of a log had no signature, and nothing that explains it. */
export const LOG_UNSIGNED = 'log.unsigned'

/** Records that stood unsigned at the end of a log when it was opened. */
export interface UnsignedEnd {
  /** Index of the first of them: the size of the newest checkpoint. */
  readonly from: number
  /** How many they were. */
  readonly records: number
}

/**
 * The record of an unsigned end. A log that is closed is signed, and what a dying process leaves is marked with its key:
 * without either somebody may have taken the newest checkpoint away and written the records
 * behind the one before. Whoever signs the log next says so in it, first.
 */
export function pendingUnsigned({ from, records }: UnsignedEnd): PendingRecord {
  return pendingEvent(LOG_UNSIGNED, { from, records })
}

/** What such a record says. Throws AuditError `bad_record`. */
export function readUnsigned(sealed: Pick<SealedRecord, 'header'>): UnsignedEnd {
  const { event } = parseRecord(sealed)
  return { from: Number(event?.from ?? 0), records: Number(event?.records ?? 0) }
}
