import type { PendingRecord } from '../../record/sealed-record.ts'

/** How far a spool has become evidence. */
export interface StoredPlace {
  /** Names the spool for good. */
  readonly spool: string
  /** Text to give back as it is; absent once nothing of the spool is needed any more. */
  readonly place?: string
}

/** Where a journal's thread stores what it makes of frames. */
export interface Evidence {
  /** How long a record may wait to be stored with others, in milliseconds; 10,000 unless given. */
  readonly ageMs?: number
  /**
   * Stores records, all of them or none, and the place of the spool that they come from. Where it can, it
   * does so in one transaction; else the place comes last. Records that are `retried` and stored already
   * are skipped. Throws AuditError `bad_record` for a record that can never be stored.
   */
  store(records: readonly PendingRecord[], place?: StoredPlace): void | Promise<void>
  /** The place that was stored last for a spool. Where it throws, nothing of the spool is read yet, and it is asked again. */
  placeOf(spool: string): string | undefined | Promise<string | undefined>
  /**
   * The secret of a spool that dead threads left encrypted, from `SpoolKey.wrapped`. Rejects with AuditError
   * `bad_key` where it cannot be opened here; the spool then stays for somebody who can. Without this no
   * spool is encrypted.
   */
  openSpoolKey?(wrapped: Uint8Array): Promise<Uint8Array>
  /** Ends the calls of writers that died without a spool. Called when no spool of a dead one is left. */
  abandonOpenCalls?(): void | Promise<void>
}
