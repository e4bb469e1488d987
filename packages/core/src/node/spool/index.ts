export { DeadSpools, TOUCH_MS, touchSpool } from './dead-spools.ts'
export { nodeFiles, type SpoolFiles } from './files.ts'
export { type Attempts, KeptAttempts } from './kept-attempts.ts'
export type { LeftLoss } from './left-losses.ts'
export type { SpoolKey } from './segment-cipher.ts'
export {
  giveAway,
  isEncrypted,
  removeSpoolFolder,
  type SpoolFolder,
  wrappedKeyIn
} from './spool-folder.ts'
export { SpoolReader, type SpoolReaderSettings } from './spool-reader.ts'
export type { SpoolEvents, SpoolLevel, SpoolSettings } from './spool-settings.ts'
export { SpoolState } from './spool-state.ts'
export { SpoolWriter } from './spool-writer.ts'
export { areWaiting, type WaitingCalls, waitingCalls } from './waiting-calls.ts'
