export { CaptureReader } from './capture-reader.ts'
export {
  type CheckpointEvents,
  Checkpointer,
  type CheckpointSchedule,
  type CheckpointStore,
  checkSchedule
} from './node-checkpointer.ts'
export {
  checkDurability,
  type Durability,
  type JournalHost,
  type JournalRequest
} from './node-journal-messages.ts'
export {
  checkSigning,
  isKeyToRecord,
  type KeySource,
  openKey,
  type WorkerKey,
  workerKey
} from './node-key-source.ts'
export { newSaltSource } from './node-salts.ts'
export { type JournalEngine, serveJournal } from './node-serve-journal.ts'
export {
  answerCursors,
  type CursorAnswer,
  type CursorQuestion,
  type EngineCursors
} from './node-worker-cursors.ts'
export { type WorkerExporterSettings, workerExporter } from './node-worker-exporter.ts'
export { WorkerJournal, type WorkerJournalSettings } from './node-worker-journal.ts'
