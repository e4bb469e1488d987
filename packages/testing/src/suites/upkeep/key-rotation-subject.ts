import type { Journal } from '@slm-audit/core'
import type { Reader } from '@slm-audit/core/reader'
import type { Signer } from '@slm-audit/core/tlog'

/** A store whose log is signed by a key in a file, made anew for each test. */
export interface RotatedStore extends AsyncDisposable {
  /** The file of its key, once a journal was open. */
  readonly keyFile: string
  /** A journal that writes the store. */
  open(): Promise<Journal>
  /** A reader of it, also while a journal is open. */
  read(): Promise<Reader>
  /** Changes its key; resolves to the new one. */
  rotate(): Promise<Signer>
}

/** A kind of store whose signing key can be changed. */
export interface KeyRotationSubject {
  /** The title of its tests. */
  readonly name: string
  /** Makes a fresh store, for one test. */
  make(): RotatedStore | Promise<RotatedStore>
}
