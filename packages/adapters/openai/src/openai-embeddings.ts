import { nonStreaming, type Protocol, readEmbeddings } from '@slm-audit/core/adapter'
import { readRequest } from './read-request.ts'
import { workerModuleOf } from './worker-module.ts'

/**
 * Embeddings (`POST …/embeddings`). Vectors in base64, for which the client asks unless told otherwise,
 * are bytes (float32, little-endian) and recorded by their digest, the bytes themselves where the
 * log keeps media. Vectors in numbers are recorded as answered.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/embeddings`).
 */
export const openaiEmbeddings: Protocol = {
  name: 'openai.embeddings',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/embeddings'),
  readRequest: (body, url) => readRequest('embeddings', ['input'], body, url),
  ...nonStreaming(readEmbeddings),
  workerModule: workerModuleOf(() => openaiEmbeddings)
}
