import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { checkScope, type RecordScope } from '../record/record-scope.ts'
import { type AdminSigning, SIGNING_OPTIONS } from './signing.ts'

/** What is erased, and who wants it, why. */
export interface EraseOptions extends AdminSigning {
  /** Whose contents: those of the calls that all of what is given holds for, and of what is said of these. */
  readonly scope: RecordScope
  /** Why; kept as a content of the record that says so. */
  readonly reason: string
  /** Who; the name of the operating system's user unless given. */
  readonly by?: string
  /** What stands in the record for the scope: a word such as `user` or `query`; the scope's members unless given. */
  readonly scopeName?: string
  /** Says what would be erased, and erases nothing. */
  readonly dryRun?: boolean
  /** Hears of records that are done. */
  readonly onProgress?: (done: number, of: number) => void
}

const OPTIONS = [
  ...['scope', 'reason', 'by', 'scopeName', 'dryRun', 'onProgress'],
  ...SIGNING_OPTIONS
]

/** What of the records that somebody wants to be gone stays because of holds. */
export interface HeldBack {
  /** How many records stay. */
  readonly held: number
  /** The incidents of the holds that keep them. */
  readonly incidents: readonly string[]
}

/** What of the stored contents was erased. */
export interface Erased extends HeldBack {
  /** Calls in the scope. */
  readonly calls: number
  /** Records of these calls, and of what is said of them. */
  readonly records: number
  /** Contents and parts of contents that are gone now. */
  readonly contents: number
  /** What they held, in bytes. */
  readonly bytes: number
  /** Data keys that were destroyed: copies of the log that nobody found hold what cannot be read any more. */
  readonly keys: number
  /** Records of other calls that have lost a part that they shared. */
  readonly sharing: number
  /**
   * Exporters that the log has delivered to: each is given the record of the erasure, and what its other end
   * makes of it is up to that end. They keep no records of their own until they have delivered them.
   */
  readonly exporters: readonly string[]
  /** Whether nothing of it is left in the write-ahead log; false where somebody who reads, or a server, holds it back. */
  readonly isLogEmpty: boolean
  /**
   * What others have to do until no file of the store holds the bytes any more, a sentence each; absent where the store does
   * all of it.
   */
  readonly leftToDo?: readonly string[]
}

/** What was erased, with what may hold more. */
export interface EraseReport extends Erased {
  /**
   * Spools of processes that were killed which could not be taken into the log: they may hold more, and
   * come into it once the application opens it.
   */
  readonly spoolsLeft: number
}

/** Throws AuditError `bad_option` for a scope that means all calls, and for a reason that is missing. */
export function checkErase(options: EraseOptions): void {
  refuseUnknown('eraseContents', options, OPTIONS)
  checkScope(options.scope, 'an erasure')
  if (typeof options.reason === 'string' && options.reason.trim() !== '') return
  throw new AuditError('bad_option', 'an erasure needs a reason; it is kept with the record of it')
}
