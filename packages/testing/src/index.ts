export { type Answer, type FakeServer, fakeServer, type SeenRequest } from './fake-server.ts'
export { callsOf, type MemoryLog, memoryLog } from './memory-log.ts'
