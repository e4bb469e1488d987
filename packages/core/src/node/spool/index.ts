export { DeadSpools, TOUCH_MS, touchSpool } from './dead-spools.ts'
export { nodeFiles, type SpoolFiles } from './files.ts'
export type { SegmentKeys } from './segment-cipher.ts'
export { removeSpoolFolder, type SpoolFolder } from './spool-folder.ts'
export { SpoolReader, type SpoolReaderSettings } from './spool-reader.ts'
export { SpoolState } from './spool-state.ts'
export {
  type SpoolEvents,
  type SpoolLevel,
  type SpoolSettings,
  SpoolWriter
} from './spool-writer.ts'
