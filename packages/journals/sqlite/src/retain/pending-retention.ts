import type { RetentionPolicy } from '@slm-audit/core/journal'
import { PendingWork } from '../store/upkeep/pending-work.ts'

/** A run of retention that has begun. It stays in the database until all of it is done. */
export interface PendingRetention {
  /** How long records are kept. */
  readonly retention: RetentionPolicy
  /** SHA-256 of the policy that says so, as canonical JSON. */
  readonly digest: string
  /** The moment that decides what is due, in milliseconds. */
  readonly now: number
}

/** The run of retention of a log. */
export const RETAINING = new PendingWork<PendingRetention>('retaining')
