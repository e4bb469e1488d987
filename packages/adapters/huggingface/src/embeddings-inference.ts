import { isObject, type Protocol, providerOf } from '@slm-audit/core/adapter'
import { huggingfaceTask } from './huggingface-task.ts'
import { workerModuleOf } from './worker-module.ts'

const PATH = /\/(embed|embed_all|embed_sparse|similarity|predict)$/

const OPERATIONS: { readonly [path: string]: string } = {
  similarity: 'sentence_similarity',
  predict: 'text_classification'
}

/**
 * What Hugging Face's text-embeddings-inference has beside rankings and OpenAI's embeddings: vectors of texts, of their
 * tokens and sparse ones (`POST /embed`, `/embed_all`, `/embed_sparse`), how alike texts are (`/similarity`), and the
 * classes of one (`/predict`), whose scores are the record's confidence.
 *
 * Source: Hugging Face text-embeddings-inference, docs/openapi.json.
 */
export const embeddingsInference: Protocol = {
  ...huggingfaceTask,
  name: 'huggingface.embeddings_inference',
  matches: ({ pathname }, method) => method === 'POST' && PATH.test(pathname),
  readRequest(body, url) {
    const [, path = ''] = PATH.exec(url.pathname) ?? []
    const about = {
      operation: OPERATIONS[path] ?? 'embeddings',
      provider: providerOf(url, 'hugging_face')
    }
    // Anything may be what people wrote, where it is not this server's.
    if (!isObject(body) || body.inputs === undefined) return { ...about, input: body }
    const { inputs, ...settings } = body
    return { ...about, input: inputs, settings }
  },
  workerModule: workerModuleOf(() => embeddingsInference)
}
