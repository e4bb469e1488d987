import type { SealedRecord, VerifyOptions, VerifyReport } from '@slm-audit/core/journal'
import type { ReadTile } from '@slm-audit/core/tlog'

/** A log in files, as it was when it was opened. */
export interface LogSource {
  /** The log's name. */
  readonly origin: string
  /** Number of records. */
  readonly size: number
  /** Recomputes the log from its stored bytes. */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  /** Sealed records in order, but for those that retention took. */
  records(fromIndex?: number): AsyncIterable<SealedRecord>
  /** Why a key that contents are encrypted with could not be had, by its name; `undefined` where nobody was asked. */
  readonly whyEncrypted?: (key: string) => string | undefined
  /** The tiles of its tree. */
  readonly readTile: ReadTile
  /** Signed checkpoints with their cosignatures, ascending. */
  checkpoints(): readonly { readonly size: number; readonly note: string }[]
}
