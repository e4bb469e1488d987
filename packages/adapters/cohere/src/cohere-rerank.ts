import {
  nonStreaming,
  type Protocol,
  providerOf,
  readFlatRequest,
  readRanking
} from '@slm-audit/core/adapter'
import { workerModuleOf } from './worker-module.ts'

/**
 * Rankings (`POST /v2/rerank`), of Cohere and of servers that speak the same: how relevant each document is, as
 * scores by its place.
 *
 * Source: Cohere API reference, "Rerank API (v2)"; the `cohere-ai` package, 8.1.
 */
export const cohereRerank: Protocol = {
  name: 'cohere.rerank',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/v2/rerank'),
  readRequest: (body, url) =>
    readFlatRequest(body, {
      operation: 'rerank',
      provider: providerOf(url, 'cohere-compatible'),
      inputs: ['query', 'documents']
    }),
  ...nonStreaming(readRanking),
  workerModule: workerModuleOf(() => cohereRerank)
}
