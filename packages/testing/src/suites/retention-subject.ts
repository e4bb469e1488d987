import type { AuditLog, PolicyDocument } from '@slm-audit/core'
import type { LogAdmin, SealedRecord } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'

/** A store of which retention takes something. */
export interface RetentionSubject {
  /** What it is, for the names of the tests. */
  readonly name: string
  /** Makes a new log that decides by a policy. Called once a test. */
  open(policy: PolicyDocument): Promise<RetainedStore>
}

/** A log that is written, and what looks after it. */
export interface RetainedStore {
  /** The log, which the test closes. */
  readonly log: AuditLog
  /** What the log reported so far. */
  readonly problems: readonly unknown[]
  /** Who runs retention and holds; beside the log that is open. */
  readonly admin: LogAdmin
  /** A reader of what is stored now, which the test disposes. */
  reader(): Promise<Reader>
  /** All records that are left. */
  records(): AsyncIterable<SealedRecord> | Iterable<SealedRecord>
  /** What else must hold at the end; called once the log is closed. */
  check?(): Promise<void>
}
