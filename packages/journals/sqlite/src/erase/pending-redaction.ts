import type { ErasureNote, RedactionRule } from '@slm-audit/core/journal'
import { PendingWork } from '../store/upkeep/pending-work.ts'
import type { EraseScope } from './erase-scope.ts'

/** A redaction that has begun. It stays in the database until all of it is done. */
export interface PendingRedaction {
  readonly rule: RedactionRule
  /** Whose contents; all unless given. */
  readonly scope?: EraseScope
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** Records before this one have been looked through. */
  readonly next: number
  /** Whether what was found is taken out now: what it became is stored. */
  readonly isTaking: boolean
}

/** The redaction of a log. */
export const REDACTING = new PendingWork<PendingRedaction>('redacting')
