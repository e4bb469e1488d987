import type { Journal } from '@slm-audit/core'
import type { LogAdmin, RetentionSchedule } from '@slm-audit/core/journal'
import type { KeyProviderSource } from '@slm-audit/core/node'
import type { Reader } from '@slm-audit/core/reader'
import type { ContentsEncryption, RotationReport } from '@slm-audit/core/subjects'

/** A store whose contents are encrypted by data subject, made anew for each test. */
export interface ContentsStore extends AsyncDisposable {
  /** A journal that writes the store, with its contents encrypted so; plain without. With a schedule it runs retention. */
  open(contents?: ContentsEncryption, retention?: RetentionSchedule): Promise<Journal>
  /** A reader with these keys; of somebody whom nobody told of any without. */
  read(keys?: KeyProviderSource): Promise<Reader>
  /** Who looks after it, signs with the log's key, and has the keys that the journal was opened with. */
  admin(): LogAdmin & {
    rotate(options: { readonly keys: KeyProviderSource }): Promise<RotationReport>
  }
  /** Everything that the store holds, as one text: bytes as Latin-1. */
  everything(): Promise<string>
  /** Whether each data key of a subject is there, in the order in which they came. */
  keys(): Promise<readonly boolean[]>
  /** How many keys the log has beside these, which no contents are encrypted with; none unless given. */
  readonly ownKeys?: number
}

/** A kind of store that encrypts contents by data subject. */
export interface ContentsSubject {
  /** The title of its tests. */
  readonly name: string
  /** Makes a fresh store, for one test. */
  make(): ContentsStore | Promise<ContentsStore>
}
