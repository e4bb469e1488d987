import type { ErasureNote } from '@slm-audit/core/journal'
import type { StoredScope } from '../store/contents/stored-users.ts'
import { PendingWork } from '../store/upkeep/pending-work.ts'
import type { RetiredKeys } from './erase-keys.ts'

/** An erasure that has begun. It stays in the database until all of it is done. */
export interface PendingErasure {
  readonly scope: StoredScope
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** The data keys that go with it. */
  readonly keys?: RetiredKeys
}

/** The erasure of a log. */
export const ERASING = new PendingWork<PendingErasure>('erasing')
