import type { AuditRecord } from '../record/record.ts'
import type { Aging, IndexRange } from '../record/retention-record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { ReadTile } from '../tlog/tiles.ts'
import type { RecordFlaw } from './flaw.ts'
import type { CountedLosses } from './loss-count.ts'
import type { SignedLate } from './report.ts'

/** A stored log as verification reads it: bytes, and nothing derived from them. */
export interface StoredLog {
  /** The log's name. */
  readonly origin: string
  /** Records stored: one more than the largest index. */
  readonly size: number
  /** Records in order; a missing one is left out. The leaf hash is the one in the tile. */
  records(fromIndex: number): Iterable<StoredRecord>
  /** A tile's hashes; empty when it is not there. */
  readonly readTile: ReadTile
  /** Whether it is a copy that was not given all contents: that some are gone says nothing then. */
  readonly isPartial?: boolean
  /** Signed checkpoints with their cosignatures, and the size they are stored under, ascending. */
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>
  /** The records before `index` that added keys. */
  keyRecords(index: number): Iterable<SealedRecord>
  /** How many rows or files the store has that belong to no record, tile or checkpoint of the log. */
  strays?(): number
  /**
   * Checks the records from an index on by `checkRange`, in ranges that follow each other, where a
   * store can do that faster than one after the other: on other threads.
   */
  checkRanges?(fromIndex: number): RangeSource
}

/** A record as a store has it. */
export interface StoredRecord extends SealedRecord {
  /** What the store finds it by, where that is kept beside the header. */
  readonly filedAs?: { readonly auditId: string; readonly stage: string }
  /** What the store says that retention took: the contents, or the whole record, of which the leaf hash is left. */
  readonly aged?: Aging
  /** What is wrong where no record can be read: what is stored is of another type, or damaged. */
  readonly damage?: Pick<RecordFlaw, 'kind' | 'detail'>
}

/** Records that retention took, or took the contents of. */
export interface AgedRange {
  /** What it took, as the kind of the record that says so. */
  readonly kind: Aging
  /** The first index, and the one behind the last. */
  readonly range: IndexRange
}

/** What the records of a range are, each by itself; nothing in it depends on earlier ranges. */
export interface RangeFindings extends CountedLosses {
  /** The first index that was looked at. */
  readonly from: number
  /** The first flaw; the range was read up to its index. */
  readonly flaw?: RecordFlaw
  /** The leaf hashes of the records that are right, one after the other. */
  readonly leaves: Uint8Array
  /** The hashes over each whole tile of leaves in the range, in order. */
  readonly tiles: Uint8Array
  /** When the records say to have come into the log, in milliseconds. */
  readonly times: Float64Array
  /** The records that give the log a key. */
  readonly keys: readonly { readonly index: number; readonly record: AuditRecord }[]
  /** What records of unsigned ends in the range say. */
  readonly signedLate: readonly SignedLate[]
  /** Contents whose bytes are no longer stored. */
  readonly absentContents: number
  /** Contents that are stored, and that whoever verifies has no key of: only their commitments are in the header. */
  readonly encryptedContents: number
  /** The commitments to contents and parts that are gone, each with the first index that has it. */
  readonly gone: readonly (readonly [commitment: string, index: number])[]
  /** The commitments that records of erasures in the range name. */
  readonly erased: readonly string[]
  /** Where the store says that retention took something. */
  readonly aged: readonly AgedRange[]
  /** Where records in the range say that it did. */
  readonly aging: readonly AgedRange[]
  /** Calls that were received and have not ended in the range, and those that ended before. */
  readonly opened: readonly string[]
  /** Calls that ended in the range, by their auditId. */
  readonly ended: readonly string[]
}

/** Gives the findings of the next range at each call, and `undefined` behind the last. */
export type RangeSource = () => Promise<RangeFindings | undefined>
