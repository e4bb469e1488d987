export type {
  AdminSigning,
  AnnotateOptions,
  AnnotateReport,
  EraseReport,
  Hold,
  RedactionRule,
  RedactOptions,
  RedactReport,
  RetentionOptions,
  RetentionReport,
  RetentionSchedule
} from '@slm-audit/core/journal'
export type {
  ContentsEncryption,
  KeyCache,
  KeyPeriod,
  RotationReport,
  SubjectName
} from '@slm-audit/core/subjects'
export { type AgeKeys, ageKeys } from './age-keys.ts'
export { annotateCalls, type FileAnnotateOptions } from './annotate.ts'
export { copyIntoFiles } from './copy-into.ts'
export { eraseContents, type FileEraseOptions } from './erase.ts'
export { type FileExporterOptions, fileExporter } from './exporter.ts'
export type { FileOptions } from './file-options.ts'
export { readIdentities } from './format/age.ts'
export { checkpointLine } from './format/checkpoint-file.ts'
export type { Compression } from './format/compression.ts'
export { endLine } from './format/line.ts'
export { type PrunedRecords, prunedLine } from './format/pruned-line.ts'
export { encodeRecord } from './format/record-line.ts'
export {
  addHold,
  type FileHoldOptions,
  type FileReleaseOptions,
  listHolds,
  releaseHold
} from './hold.ts'
export { type FileJournalOptions, fileJournal } from './journal.ts'
export { listReviews } from './list-reviews.ts'
export { type FileAdmin, openAdmin } from './open-admin.ts'
export { openCaptured } from './open-captured.ts'
export { type LogSourceOptions, openLogSource } from './open-log-source.ts'
export { type FileReaderOptions, openFileReader } from './open-reader.ts'
export { openSealedFiles, type SealedFiles, type SealedFilesOptions } from './open-sealed.ts'
export { type FileRedactOptions, redactContents } from './redact.ts'
export { applyRetention, type FileRetentionOptions, planRetention } from './retention.ts'
export {
  type FileRotationOptions,
  rotateContentsKeyFile,
  rotateContentsKeys
} from './rotate-contents.ts'
export { type FileKeyRotation, rotateKey, rotateKeyFile } from './rotate-key.ts'
export type { LogSource } from './source/source.ts'
export type { FilesEncryption } from './subjects/files-encryption.ts'
export { unlockContents } from './subjects/log-place.ts'
export type { AdminKeys } from './upkeep/administer.ts'
export { viewOf } from './upkeep/record-access.ts'
export { waitingCalls } from './waiting-calls.ts'
