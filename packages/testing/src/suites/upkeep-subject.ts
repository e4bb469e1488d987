import type { Journal } from '@slm-audit/core'
import type { Hold, LogAdmin } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'

/** A store that is looked after, made anew for each test. */
export interface UpkeepStore extends AsyncDisposable {
  /** A journal that writes the store, by small files or whatever it has of the kind. */
  open(): Promise<Journal>
  /** A reader of it, also while a journal is open. */
  read(): Promise<Reader>
  /** Who looks after it, and signs with the log's key. */
  admin(): LogAdmin & { holds(): readonly Hold[] | Promise<readonly Hold[]> }
}

/** A kind of store that erases and holds. */
export interface UpkeepSubject {
  /** The title of its tests. */
  readonly name: string
  /** Makes a fresh store, for one test. */
  make(): UpkeepStore | Promise<UpkeepStore>
}
