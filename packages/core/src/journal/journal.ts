import type { AuditError } from '../base/error.ts'
import type { PendingRecord, SealedRecord } from '../record/sealed-record.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Cursors } from './cursors.ts'
import type { WatchGrowth } from './growth-watch.ts'
import type { ReviewStore } from './reviews.ts'

/**
 * The one durable store that owns order.
 *
 * `append` gives each pending record the next index, seals it and stores it, all of the batch or none. It
 * must start its work before it returns, so that `drainSync` can wait for it; it resolves when the
 * batch is durable at the journal's level and rejects with AuditError `journal_failed` when it is
 * not known to be. A rejected batch is sent again with `retried` set: a pending record whose auditId and
 * stage are stored already is then skipped. Appends of one journal object are stored in the order
 * of the calls. Nobody waits for an append that `deferAck`: it may resolve some milliseconds late,
 * where that spares the caller's thread a turn. Several journals, also in several processes, may share one store.
 */
export interface Journal extends AsyncDisposable {
  /** Name of the log, the first line of its checkpoints. */
  readonly origin: string
  /**
   * What it remembers of its exporters. Without it a log begins to deliver at its exporters'
   * `from` each time it is opened.
   */
  readonly cursors?: Cursors
  /** What waits for a person's approval, for all processes that share the store; one log's own unless given. */
  readonly reviews?: ReviewStore
  /**
   * Where the journal lives. A log over it works on this platform unless its options name another: a
   * log that took Node for a browser would let the process end before a worker has stored its records.
   */
  readonly platform?: Platform
  /** What pseudonyms and digests are made with, where records are made in the application's thread; one for each log unless given. */
  pseudonymSecret?(): Uint8Array
  /** Number of records stored. */
  size(): Promise<number>
  /** Stores the next records of the log, all or none; see above. */
  append(pending: readonly PendingRecord[], deferAck?: boolean): Promise<void>
  /** Sealed records in order from `fromIndex` to the size at the time of the call. */
  read(fromIndex?: number): AsyncIterable<SealedRecord>
  /** Hears of records that others append; a log without it looks every second whether there are any. */
  readonly watch?: WatchGrowth
  /** Tells the log about failures that no append waits for, such as a signature or an anchor. */
  reportTo?(report: (problem: AuditError) => void): void
  /** Blocks until all appended records are stored, at most `timeoutMs`; false when they are not. */
  drainSync?(timeoutMs: number): boolean
}
