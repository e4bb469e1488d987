import { type Protocol, providerOf, type WorkerModule, workerModule } from '@slm-audit/core/adapter'

/** Matches requests at Mistral's hosts whose path ends so. */
export function atMistral(path: RegExp): Protocol['matches'] {
  return (url, method) =>
    method === 'POST' && path.test(url.pathname) && providerOf(url, '') === 'mistral_ai'
}

/** On Google Cloud the path says the model, and nothing of what it is asked. */
const VERTEX = /\/publishers\/mistralai\/models\/([^/:]+):(?:raw|streamRaw)Predict$/

/** The model that a path on Google Cloud names. */
export function vertexModel({ pathname }: URL): string | undefined {
  return VERTEX.exec(pathname)?.[1]
}

/** Where another thread finds `protocol`, which every protocol of this package is exported from. */
export function workerModuleOf(protocol: () => unknown): WorkerModule {
  return workerModule(protocol, () => import.meta.resolve('@slm-audit/mistral'))
}
