import type { WorkerModule } from './protocol.ts'

/**
 * Says that the module at `url` exports a protocol. Both are functions, as a protocol is not there
 * yet while this member of it is made.
 */
export function workerModule(protocol: () => unknown, url: () => string): WorkerModule {
  return { isExported: (candidate) => candidate === protocol(), url }
}
