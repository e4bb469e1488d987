import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  pickDetails,
  providerOf,
  readFlatRequest,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import { workerModuleOf } from './worker-module.ts'

/**
 * Embeddings (`POST /v2/embed`) of texts and images, in each of the types asked for. Vectors are recorded as answered.
 *
 * Source: Cohere API reference, "Embed API (v2)"; the `cohere-ai` package, 8.1.
 */
export const cohereEmbed: Protocol = {
  name: 'cohere.embed',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/v2/embed'),
  readRequest: (body, url) =>
    readFlatRequest(body, {
      operation: 'embeddings',
      provider: providerOf(url, 'cohere-compatible'),
      inputs: ['texts', 'images', 'inputs']
    }),
  ...nonStreaming(read),
  workerModule: workerModuleOf(() => cohereEmbed)
}

function read(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const { embeddings, meta } = body
  const usage = readUsage(meta)
  return {
    ...textMember('id', body.id),
    ...(embeddings !== undefined && { output: embeddings }),
    ...(usage && { usage }),
    ...pickDetails({ ...body, ...(isObject(meta) && meta) }, ['response_type', 'warnings'])
  }
}
