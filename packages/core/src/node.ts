export { checkNode } from './node/check-node.ts'
export {
  ageFor,
  type CheckpointEvents,
  Checkpointer,
  type CheckpointSchedule,
  type CheckpointStore,
  checkSchedule
} from './node/checkpointer.ts'
export {
  type CopiedCheckpoint,
  type CopySource,
  type CopyTarget,
  copySealed,
  tellLosses
} from './node/copy-sealed.ts'
export {
  createDraftFile,
  type DraftFile,
  makeFolder,
  writeAll,
  writeWholeFile
} from './node/draft-file.ts'
export { endMark } from './node/end-mark.ts'
export { fileAnchor } from './node/file-anchor.ts'
export { fileDigest } from './node/file-digest.ts'
export type { Evidence, StoredPlace } from './node/intake/evidence.ts'
export { type TakingJournal, takeInLeft } from './node/intake/take-in-left.ts'
export {
  checkKeptHeads,
  continuesHeads,
  type KeptCheckpoint,
  type KeptLog,
  keepHead,
  keptHeadPaths,
  readKeptHeads
} from './node/kept-head.ts'
export {
  checkKeyProvider,
  isKeyProvider,
  type KeyContext,
  type KeyProvider,
  type KeyProviderFacts,
  type KeyProviderSource
} from './node/key-provider.ts'
export {
  checkSigning,
  isKeyToRecord,
  type KeySource,
  openKey,
  refuseKeyLeft,
  type WorkerKey,
  workerKey
} from './node/key-source.ts'
export {
  type KeyChange,
  type KeyLeft,
  keyLeft,
  openLogSigner,
  pendingKeyChange,
  rotateSigningKeyFile,
  signedByAll
} from './node/keys/signing-key.ts'
export { logSecret, pseudonymSecret, subjectSecret } from './node/log-secret.ts'
export { nodePlatform } from './node/node-platform.ts'
export { isSignedBy } from './node/note-signature.ts'
export { type PinnedFile, readPinnedFile } from './node/pinned-file.ts'
export { processSigner } from './node/process-signer.ts'
export { realFile } from './node/real-file.ts'
export { readReviews } from './node/review-folder.ts'
export { readRolesFile } from './node/roles-file.ts'
export { newSaltSource } from './node/salts.ts'
export {
  newPrivateKey,
  nodeSha256,
  type OpenedSigner,
  privateKeySigner,
  readKeyFile,
  writeKeyFile
} from './node/signer.ts'
export { type SignerServerOptions, serveSigner } from './node/signer-server.ts'
export { areWaiting, type SpoolKey, type WaitingCalls, waitingCalls } from './node/spool/index.ts'
export {
  bundleOf,
  checkTileDirectory,
  contentLines,
  type TiledLog,
  type TileTreeOptions,
  writeTileTree
} from './node/tile-tree.ts'
export { explainUnsigned, type OpenedLog, unsignedEnd } from './node/unsigned-end.ts'
export { userName } from './node/user-name.ts'
export { type AnomalyOptions, checkAnomalies } from './node/watch/anomaly-options.ts'
export type { WatchSettings } from './node/watch/watched-evidence.ts'
export { answerKeys, askingProvider } from './node/worker/answer-keys.ts'
export {
  answerCursors,
  type CursorAnswer,
  type CursorQuestion,
  type EngineCursors
} from './node/worker/cursors.ts'
export {
  checkDurability,
  type Durability,
  type EngineRequest,
  type JournalHost
} from './node/worker/messages.ts'
export {
  type JournalEngine,
  type ServedSettings,
  serveJournal
} from './node/worker/serve-journal.ts'
export { type WorkerExporterSettings, workerExporter } from './node/worker/worker-exporter.ts'
export { WorkerJournal, type WorkerJournalSettings } from './node/worker/worker-journal.ts'
export {
  type LocalKeyProvider,
  localKeyProvider,
  newWrappingKey,
  readWrappingKeys
} from './node/wrapping-keys.ts'
