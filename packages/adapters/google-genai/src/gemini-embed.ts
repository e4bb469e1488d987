import {
  type CallRequest,
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readUsage
} from '@slm-audit/core/adapter'
import { readPath, readTarget } from './model-path.ts'
import { workerModuleOf } from './worker-module.ts'

type Fields = { readonly [name: string]: unknown }

const METHODS = new Set(['embedContent', 'batchEmbedContents'])

/**
 * Embeddings (`POST …/models/{model}:embedContent`, `:batchEmbedContents`), recorded as answered. The
 * embeddings of Vertex AI's `:predict` are read by `geminiPredict`.
 *
 * Source: Gemini API reference, "Embeddings".
 */
export const geminiEmbed: Protocol = {
  name: 'google.embed_content',
  matches: (url, method) => method === 'POST' && METHODS.has(readPath(url)?.method ?? ''),
  readRequest,
  ...nonStreaming(read),
  workerModule: workerModuleOf(() => geminiEmbed)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const target = readTarget('embeddings', url)
  if (!isObject(body)) return { ...target, input: body }
  const { content, requests, title, model: _model, ...settings } = body
  const asked = requests ?? content
  return { ...target, input: title === undefined ? asked : { title, content: asked }, settings }
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { embedding, embeddings = embedding === undefined ? undefined : [embedding] } = value
  const error = readError(value.error)
  const usage = readUsage(value.usageMetadata)
  return {
    ...(embeddings !== undefined && { output: embeddings }),
    ...(Array.isArray(embeddings) && { details: detailsOf(embeddings) }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

function detailsOf(embeddings: readonly unknown[]): Fields {
  const [first] = embeddings
  const values = isObject(first) ? first.values : undefined
  return {
    count: embeddings.length,
    ...(Array.isArray(values) && { dimensions: values.length })
  }
}
