import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readEmbeddings,
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
  return Array.isArray(body) ? readEmbeddings(body) : { output: body }
}
