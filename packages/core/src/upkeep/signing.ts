import type { Signer } from '../tlog/signer.ts'

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
