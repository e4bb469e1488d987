export {
  type CollectingExporter,
  collectingExporter,
  type ExportReaction
} from './collecting-exporter.ts'
export { type CollectingLog, collectingLog } from './collecting-log.ts'
export { draftsOf, sealedRecords } from './drafts.ts'
export { type Answer, type FakeServer, fakeServer, type SeenRequest } from './fake-server.ts'
export { callsOf, type MemoryLog, memoryLog } from './memory-log.ts'
export { treeOf } from './tree-of.ts'
