export { CaptureReader } from '../recording/raw-record-reader.ts'
export {
  type CheckpointEvents,
  Checkpointer,
  type CheckpointSchedule,
  type CheckpointStore,
  checkSchedule
} from './checkpointer.ts'
export {
  checkSigning,
  isKeyToRecord,
  type KeySource,
  openKey,
  type WorkerKey,
  workerKey
} from './key-source.ts'
export { newSaltSource } from './salts.ts'
export {
  answerCursors,
  type CursorAnswer,
  type CursorQuestion,
  type EngineCursors
} from './worker/cursors.ts'
export {
  checkDurability,
  type Durability,
  type JournalHost,
  type JournalRequest
} from './worker/messages.ts'
export { type JournalEngine, serveJournal } from './worker/serve-journal.ts'
export { type WorkerExporterSettings, workerExporter } from './worker/worker-exporter.ts'
export { WorkerJournal, type WorkerJournalSettings } from './worker/worker-journal.ts'
