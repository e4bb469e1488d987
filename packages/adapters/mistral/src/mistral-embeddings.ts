import { nonStreaming, type Protocol, readEmbeddings } from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { readRequest } from './read-request.ts'

/**
 * Embeddings (`POST /v1/embeddings`), recorded as answered.
 *
 * Source: Mistral API reference, "Embeddings".
 */
export const mistralEmbeddings: Protocol = {
  name: 'mistral.embeddings',
  matches: atMistral(/\/embeddings$/),
  readRequest: (body, url) => readRequest('embeddings', ['input'], body, url),
  ...nonStreaming(readEmbeddings),
  workerModule: workerModuleOf(() => mistralEmbeddings)
}
