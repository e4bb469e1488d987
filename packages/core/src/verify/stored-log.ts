import type { SealedRecord } from '../journal/journal.ts'
import type { ReadTile } from '../tlog/tiles.ts'
import type { RangeSource, StoredRecord } from './check-range.ts'

/** A stored log as verification reads it: bytes, and nothing derived from them. */
export interface StoredLog {
  readonly origin: string
  /** Records stored: one more than the largest index. */
  readonly size: number
  /** Records in order; a missing one is left out. The leaf hash is the one in the tile. */
  records(fromIndex: number): Iterable<StoredRecord>
  /** A tile's hashes; empty when it is not there. */
  readonly readTile: ReadTile
  /** Signed checkpoints with their cosignatures, and the size they are stored under, ascending. */
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>
  /** The records before `index` that added keys. */
  keyRecords(index: number): Iterable<SealedRecord>
  /**
   * Checks the records from an index on by `checkRange`, in ranges that follow each other, where a
   * store can do that faster than one after the other: on other threads.
   */
  checkRanges?(fromIndex: number): RangeSource
}
