import type { SealedRecord } from '../../record/sealed-record.ts'
import type { ReadTile } from '../../tlog/tiles.ts'
import type { StoredNote } from '../../verify/call-proofs.ts'
import type { VerifyOptions, VerifyReport } from '../../verify/report.ts'
import type { FilterTree } from '../filter/tree.ts'
import type { ExporterStatus } from '../reader.ts'

/** A log that has no index: what `walkingReader` makes a reader of. */
export interface WalkedLog {
  /** The records from an index on that are stored now, in order. Rejects with AuditError where one cannot be read. */
  records(fromIndex: number): AsyncIterable<SealedRecord>
  /** Names how the records that were stored before are stored now; another name once some of them have lost contents. */
  generation?(): string
  /** What a filter means, where headers name users by pseudonyms; as it is unless given. */
  meant?(filter: FilterTree): FilterTree
  /** Why a content cannot be read that is encrypted with a key, as whoever keeps that has answered. */
  whyEncrypted?(key: string): string | undefined
  /** The signed checkpoints of the log with their cosignatures, ascending, and the tiles under them. */
  proofs(): Promise<{ readonly checkpoints: readonly StoredNote[]; readonly readTile: ReadTile }>
  /** Recomputes the log from its stored bytes. */
  verify(options: VerifyOptions): Promise<VerifyReport>
  /** The exporters that deliver from it, by name. */
  exporters(): Promise<readonly ExporterStatus[]>
}
