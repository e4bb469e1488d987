import {
  type CallResponse,
  decodeBase64,
  isObject,
  type Protocol,
  readError,
  readUsage,
  textMember
} from '@slm-audit/core'
import { homeOf, NO_TOOLS } from './home.ts'
import { readRequest } from './read-request.ts'

type Fields = { readonly [name: string]: unknown }

/** Bytes of a number in a vector that is given in base64. */
const FLOAT_BYTES = 4

/**
 * Embeddings (`POST …/embeddings`). Vectors in base64, for which the client asks unless told otherwise,
 * are bytes (float32, little-endian) and recorded by their digest, the bytes themselves where the
 * log keeps media. Vectors in numbers are recorded as answered.
 *
 * Source: type definitions of the openai package, 7.57 (`resources/embeddings`).
 */
export const openaiEmbeddings: Protocol = {
  name: 'openai.embeddings',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/embeddings'),
  readRequest: (body, url) => readRequest('embeddings', ['input'], body, url),
  readResponse: read,
  start: () => undefined,
  step: (_acc, event) => event,
  finish: read,
  home: homeOf(() => openaiEmbeddings, NO_TOOLS)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const items = Array.isArray(value.data) ? value.data.map(toItem) : undefined
  const usage = readUsage(value.usage)
  const error = readError(value.error)
  const dimensions = dimensionsOf(items?.[0])
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(items && {
      output: items,
      details: { count: items.length, ...(dimensions !== undefined && { dimensions }) }
    }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

function toItem(item: unknown): unknown {
  if (!isObject(item) || typeof item.embedding !== 'string') return item
  return { ...item, embedding: decodeBase64(item.embedding) ?? item.embedding }
}

function dimensionsOf(item: unknown): number | undefined {
  const vector = (isObject(item) ? item : ({} as Fields)).embedding
  if (vector instanceof Uint8Array) return vector.length / FLOAT_BYTES
  return Array.isArray(vector) && vector.every((each) => typeof each === 'number')
    ? vector.length
    : undefined
}
