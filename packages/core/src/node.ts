export {
  type CheckpointEvents,
  Checkpointer,
  type CheckpointSchedule,
  type CheckpointStore,
  checkSchedule
} from './node/checkpointer.ts'
export {
  createDraftFile,
  type DraftFile,
  makeFolder,
  writeAll,
  writeWholeFile
} from './node/draft-file.ts'
export { fileAnchor } from './node/file-anchor.ts'
export { fileDigest } from './node/file-digest.ts'
export {
  checkSigning,
  isKeyToRecord,
  type KeySource,
  openKey,
  type WorkerKey,
  workerKey
} from './node/key-source.ts'
export { nodePlatform } from './node/node-platform.ts'
export { newSaltSource } from './node/salts.ts'
export {
  newPrivateKey,
  nodeSha256,
  privateKeySigner,
  readKeyFile,
  writeKeyFile
} from './node/signer.ts'
export {
  answerCursors,
  type CursorAnswer,
  type CursorQuestion,
  type EngineCursors
} from './node/worker/cursors.ts'
export {
  checkDurability,
  type Durability,
  type JournalHost,
  type JournalRequest
} from './node/worker/messages.ts'
export { type JournalEngine, serveJournal } from './node/worker/serve-journal.ts'
export { type WorkerExporterSettings, workerExporter } from './node/worker/worker-exporter.ts'
export { WorkerJournal, type WorkerJournalSettings } from './node/worker/worker-journal.ts'
