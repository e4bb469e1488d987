import { isObject, textMember } from '../../base/json.ts'
import type { CallResponse } from '../../record/call-facts.ts'
import { readError } from './read-error.ts'
import { readUsage } from './read-usage.ts'

type Fields = { readonly [name: string]: unknown }

/** More would not fit a header; the output has them all. */
const MAX_SCORES = 100

/**
 * Reads an answer that ranks documents: `{ results: [{ index, relevance_score }] }`, as Cohere, Jina, llama.cpp and vLLM
 * give it, or a list of `{ index, score }`, as Hugging Face's servers do. A score is labelled with its document's place in
 * the request, from `0`. Counts are in `usage`, or in `meta` at Cohere.
 */
export function readRanking(value: unknown): CallResponse {
  const body: Fields = isObject(value) ? value : {}
  const results = Array.isArray(value) ? value : body.results
  const listed = (Array.isArray(results) ? results : []).filter(isObject)
  const scores = listed.flatMap(({ index, relevance_score: relevance, score = relevance }) =>
    typeof index === 'number' && typeof score === 'number' ? [{ label: String(index), score }] : []
  )
  const usage = readUsage(body.usage ?? body.meta)
  const error = readError(body.error)
  return {
    ...textMember('id', body.id),
    ...textMember('model', body.model),
    ...(results !== undefined && { output: results }),
    ...(scores.length > 0 && scores.length <= MAX_SCORES && { scores }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}
