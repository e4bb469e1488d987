import type { Journal } from '@slm-audit/core'

/** A store that journals open, made anew for each test. */
export interface JournalStore extends AsyncDisposable {
  /** A journal on this store; again after the first one closed, or beside it. */
  open(): Promise<Journal>
}

/** A kind of journal to be proved. */
export interface JournalSubject {
  /** The title of its tests. */
  readonly name: string
  /** Whether a journal that is opened again finds what was stored. */
  readonly isDurable: boolean
  /** Whether several journals may be open on one store. */
  readonly isShared: boolean
  /** Makes a fresh store with a journal on it, for one test. */
  make(): JournalStore | Promise<JournalStore>
}
