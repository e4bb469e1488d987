import type { AuditError } from '../base/error.ts'
import type { AuditRecord, DraftRecord } from '../record/record.ts'
import type { Cursors } from './cursors.ts'

/** A body of a record that is kept apart from its header: a prompt, an answer, an error text. */
export interface Content {
  /** `input`, `output`, `reasoning`, `logprobs`, `tools`, `error`, …: unique in its record. */
  readonly name: string
  /** Media type; `application/json` and `text/plain` are indexed for search. */
  readonly type: string
  readonly body: string | Uint8Array
}

/**
 * A record that waits for its place in the log: its header as canonical JSON, cut where the
 * journal inserts the member `log` (JCS order puts it between `head` and `tail`).
 */
export interface Draft {
  readonly record: DraftRecord
  /** Canonical members that sort before `log`, without braces; never empty. */
  readonly head: string
  /** Canonical members that sort after `log`, without braces; never empty. */
  readonly tail: string
  readonly contents: readonly Content[]
  /** An earlier append of this draft failed and may still have stored it. */
  readonly retried?: boolean
}

/** A stored content with the salt of its commitment; `body` is absent once erased or expired. */
export interface SealedContent {
  readonly name: string
  readonly type: string
  readonly salt: Uint8Array
  readonly body?: Uint8Array
}

/** A record in its place: what exporters ship and verifiers check. */
export interface SealedRecord {
  /** Leaf index, from 0 without a hole. */
  readonly index: number
  /** SHA-256(0x00 ‖ header), RFC 6962 section 2.1. */
  readonly leafHash: Uint8Array
  /** Canonical JSON of the record; its UTF-8 bytes are the leaf. */
  readonly header: string
  readonly contents: readonly SealedContent[]
}

/**
 * The one durable store that owns order.
 *
 * `append` gives each draft the next index, seals it and stores it, all of the batch or none. It
 * must start its work before it returns, so that `drainSync` can wait for it; it resolves when the
 * batch is durable at the journal's level and rejects with AuditError `journal_failed` when it is
 * not known to be. A rejected batch is sent again with `retried` set: a draft whose auditId and
 * stage are stored already is then skipped. Appends of one journal object are stored in the order
 * of the calls. Nobody waits for an append that `isPatient`: it may resolve some milliseconds late,
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
  /** Number of records stored. */
  size(): Promise<number>
  append(drafts: readonly Draft[], isPatient?: boolean): Promise<void>
  /** Sealed records in order from `fromIndex` to the size at the time of the call. */
  read(fromIndex?: number): AsyncIterable<SealedRecord>
  /** Tells the log about failures that no append waits for, such as a signature or an anchor. */
  reportTo?(report: (problem: AuditError) => void): void
  /** Blocks until all appended drafts are stored, at most `timeoutMs`; false when they are not. */
  drainSync?(timeoutMs: number): boolean
}

/** Parses a sealed record's header. Not validated: the schema subpath does that at the edges. */
export function parseRecord(sealed: Pick<SealedRecord, 'header'>): AuditRecord {
  return JSON.parse(sealed.header) as AuditRecord
}
