import type { Signer } from '../tlog/signer.ts'
import type { EraseOptions, EraseReport } from './erasure.ts'
import type { HoldOptions, ReleaseOptions } from './holding.ts'

/** What signs a log behind what a program adds to it that is not its application. */
export interface AdminSigning {
  /** Signs the log afterwards; what was added waits for the application's key unless given. */
  readonly signer?: Signer
  /** The file of that key, where it is in one: the newest head is kept beside it. */
  readonly keyFile?: string
  /** Whether the newest head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean
}

/** Members of `AdminSigning`. */
export const SIGNING_OPTIONS = ['signer', 'keyFile', 'stateFolder']

/**
 * Looks after a log, whatever keeps it: erases and holds. It reads no contents and records no calls, as a reader and an
 * audit log can do nothing of this. Methods reject as the functions of the store do.
 */
export interface LogAdmin {
  /** Erases contents for good (`eraseContents`). */
  erase(options: Omit<EraseOptions, keyof AdminSigning>): Promise<EraseReport>
  /** Keeps records from retention and erasure (`addHold`). */
  hold(options: Omit<HoldOptions, keyof AdminSigning>): Promise<void>
  /** Ends the holds of an incident (`releaseHold`). */
  release(options: Omit<ReleaseOptions, keyof AdminSigning>): Promise<number>
}
