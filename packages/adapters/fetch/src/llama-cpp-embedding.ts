import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readFlatRequest,
  workerModule
} from '@slm-audit/core/adapter'

/**
 * llama.cpp's own embeddings (`POST /embedding`): one vector an input, or one a token where the server does not pool.
 * Vectors are recorded as answered. Those of `/v1/embeddings` are in OpenAI's format.
 *
 * Source: llama.cpp, tools/server/README.md, "POST /embedding" and "POST /embeddings".
 */
export const llamaCppEmbedding: Protocol = {
  name: 'llama_cpp.embedding',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/embedding'),
  readRequest: (body) =>
    readFlatRequest(body, {
      operation: 'embeddings',
      provider: 'llama.cpp',
      inputs: ['input', 'content', 'image_data']
    }),
  ...nonStreaming(read),
  workerModule: workerModule(
    () => llamaCppEmbedding,
    () => import.meta.resolve('@slm-audit/fetch')
  )
}

function read(body: unknown): CallResponse {
  const error = readError(isObject(body) ? body.error : undefined)
  if (error) return { error }
  const first = firstVector(body)
  const count = Array.isArray(body) ? body.length : undefined
  return {
    output: body,
    ...(count !== undefined && {
      details: { count, ...(first && { dimensions: first.length }) }
    })
  }
}

/** The first vector, of an input or of its first token. */
function firstVector(body: unknown): readonly unknown[] | undefined {
  const item: unknown = Array.isArray(body) ? body[0] : body
  const vectors = isObject(item) ? item.embedding : undefined
  if (!Array.isArray(vectors)) return undefined
  const first: unknown = Array.isArray(vectors[0]) ? vectors[0] : vectors
  return Array.isArray(first) ? first : undefined
}
