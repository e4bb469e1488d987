import {
  nonStreaming,
  type Protocol,
  providerOf,
  readFlatRequest,
  readRanking,
  workerModule
} from '@slm-audit/core/adapter'

/**
 * Rankings of llama.cpp's server (`POST /rerank`, `/reranking`, `/v1/…`), and of servers that have the same path: Jina's
 * form, which vLLM speaks, too, and that of Hugging Face's text embeddings. Each document's score by its place.
 *
 * Source: llama.cpp, tools/server/README.md, "POST /reranking"; Hugging Face text-embeddings-inference, `/rerank`.
 */
export const llamaCppRerank: Protocol = {
  name: 'llama_cpp.rerank',
  matches: ({ pathname }, method) => method === 'POST' && /\/rerank(ing)?$/.test(pathname),
  readRequest: (body, url) =>
    readFlatRequest(body, {
      operation: 'rerank',
      provider: providerOf(url, 'llama.cpp'),
      inputs: ['query', 'documents', 'texts']
    }),
  ...nonStreaming(readRanking),
  workerModule: workerModule(
    () => llamaCppRerank,
    () => import.meta.resolve('@slm-audit/fetch')
  )
}
