export {
  type CollectingExporter,
  collectingExporter,
  type ExportReaction
} from './fakes/collecting-exporter.ts'
export { type CollectingLog, collectingLog } from './fakes/collecting-log.ts'
export { type Answer, type FakeServer, fakeServer, type SeenRequest } from './fakes/fake-server.ts'
export { callsOf, type MemoryLog, memoryLog } from './fakes/memory-log.ts'
export { pendingRecords, sealedRecords } from './fixtures/pending-records.ts'
export { treeOf } from './fixtures/tree-of.ts'
export { recordTurn, recordTwoConversations } from './fixtures/two-conversations.ts'
