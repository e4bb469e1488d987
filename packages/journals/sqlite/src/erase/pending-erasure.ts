import type { ErasureNote } from '@slm-audit/core/journal'
import { PendingWork } from '../store/upkeep/pending-work.ts'
import type { RetiredKeys } from './erase-keys.ts'
import type { EraseScope } from './erase-scope.ts'

/** An erasure that has begun. It stays in the database until all of it is done. */
export interface PendingErasure {
  readonly scope: EraseScope
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** The data keys that go with it. */
  readonly keys?: RetiredKeys
}

/** The erasure of a log. */
export const ERASING = new PendingWork<PendingErasure>('erasing')
