export type {
  AdminSigning,
  AnnotateOptions,
  AnnotateReport,
  EraseOptions,
  EraseReport,
  HoldOptions,
  RedactionRule,
  RedactOptions,
  RedactReport,
  ReleaseOptions,
  RetentionOptions,
  RetentionReport,
  RetentionSchedule,
  WaitingExporter
} from '@slm-audit/core/journal'
export type {
  CheckpointSchedule,
  Durability,
  KeyContext,
  KeyProvider,
  KeyProviderFacts,
  KeyProviderSource,
  KeySource
} from '@slm-audit/core/node'
export { contentLines } from '@slm-audit/core/node'
export type {
  ContentsEncryption,
  KeyCache,
  KeyPeriod,
  RotationReport,
  SubjectName
} from '@slm-audit/core/subjects'
export { rolesFile, viewOf } from './access/access-of.ts'
export { annotateCalls } from './annotate.ts'
export { type CompactOptions, compactDatabase } from './compact.ts'
export { type ExportTilesOptions, exportTiles } from './copy/export-tiles.ts'
export { type ImportReport, importLog } from './copy/import-log.ts'
export { type Replay, type ReplayFrom, replayExport } from './copy/replay-export.ts'
export { type OpenSealedOptions, openSealedLog, type SealedLog } from './copy/sealed-log.ts'
export { type SqliteExporterOptions, sqliteExporter } from './copy/sqlite-exporter.ts'
export { unlockContents } from './encryption/contents-provider.ts'
export {
  type DatabaseEncryption,
  type DatabaseKeySource,
  isEncrypted,
  newDatabaseKey,
  readDatabaseKey,
  unlockDatabase
} from './encryption/unlock.ts'
export type { EraseScope } from './erase/erase-scope.ts'
export { eraseContents } from './erase.ts'
export { addHold, listHolds, releaseHold } from './hold.ts'
export { checkIndex, type IndexCheck } from './index/check-index.ts'
export { type IndexReport, reindex } from './index/reindex.ts'
export { type SqliteJournalOptions, sqliteJournal } from './journal.ts'
export { defaultKeyFile } from './keys/key-file.ts'
export { rotateKey, rotateKeyFile } from './keys/rotate-key.ts'
export { openWitnessStore } from './keys/witness-store.ts'
export { listReviews } from './list-reviews.ts'
export { type Admin, openAdmin } from './open-admin.ts'
export { type OpenReaderOptions, openReader } from './open-reader.ts'
export { redactContents } from './redact.ts'
export { rekeyDatabase } from './rekey.ts'
export { applyRetention, planRetention } from './retention.ts'
export {
  type RotationOptions,
  rotateContentsKeyFile,
  rotateContentsKeys
} from './rotate-contents.ts'
export type { CompactReport } from './store/cold/compaction.ts'
export { waitingCalls } from './waiting-calls.ts'
