import { type WorkerModule, workerModule } from '@slm-audit/core/adapter'

/** Where another thread finds `protocol`, which every protocol of this package is exported from. */
export function workerModuleOf(protocol: () => unknown): WorkerModule {
  return workerModule(protocol, () => import.meta.resolve('@slm-audit/cohere'))
}
