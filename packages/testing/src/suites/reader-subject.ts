import type { Journal } from '@slm-audit/core'
import type { Reader } from '@slm-audit/core/reader'

/** A store whose reader is to be proved, made anew for each test. */
export interface ReaderStore extends AsyncDisposable {
  /** A journal that writes the store. */
  open(): Promise<Journal>
  /** A reader of it, also while a journal is open. */
  read(): Promise<Reader>
}

/** A kind of store with a reader. */
export interface ReaderSubject {
  /** The title of its tests. */
  readonly name: string
  /** Makes a fresh store with a reader of it, for one test. */
  make(): ReaderStore | Promise<ReaderStore>
}
