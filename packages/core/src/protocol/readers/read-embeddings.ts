import { decodeBase64 } from '../../base/base64.ts'
import { isObject, textMember } from '../../base/json.ts'
import type { CallResponse } from '../../record/call-facts.ts'
import { readError } from './read-error.ts'
import { readUsage } from './read-usage.ts'

/** Bytes of a number in a vector that is given in base64. */
const FLOAT_BYTES = 4

/**
 * Reads an answer with embeddings, `{ data: [{ embedding }], usage }`, as OpenAI and Mistral give it, or the list alone, as
 * llama.cpp's `/embeddings` does, there with a vector for each token where it does not pool them.
 * Vectors in base64 are bytes, to be recorded by their digest; vectors in numbers stay as answered.
 */
export function readEmbeddings(value: unknown): CallResponse {
  if (Array.isArray(value)) return vectorsOf(value.map(toItem))
  if (!isObject(value)) return { output: value }
  const items = Array.isArray(value.data) ? value.data.map(toItem) : undefined
  const usage = readUsage(value.usage)
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(items && vectorsOf(items)),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

function vectorsOf(items: readonly unknown[]): Pick<CallResponse, 'output' | 'details'> {
  const dimensions = dimensionsOf(items[0])
  return {
    output: items,
    details: { count: items.length, ...(dimensions !== undefined && { dimensions }) }
  }
}

function toItem(item: unknown): unknown {
  if (!isObject(item) || typeof item.embedding !== 'string') return item
  return { ...item, embedding: decodeBase64(item.embedding) ?? item.embedding }
}

function dimensionsOf(item: unknown): number | undefined {
  const given = isObject(item) ? item.embedding : undefined
  const vector: unknown = Array.isArray(given) && Array.isArray(given[0]) ? given[0] : given
  if (vector instanceof Uint8Array) return vector.length / FLOAT_BYTES
  return Array.isArray(vector) && vector.every((each) => typeof each === 'number')
    ? vector.length
    : undefined
}
