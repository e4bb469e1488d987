import { type CallResponse, isObject, readError } from '@slm-audit/core/adapter'
import { textGeneration } from './text-generation.ts'

type Fields = { readonly [name: string]: unknown }
type Scores = NonNullable<CallResponse['scores']>

/** Scores beyond these stay in the output alone. */
const MAX_SCORES = 32

/** Reads what a task answered, as answered; scores of classifiers are told beside. */
export function readTask(value: unknown): CallResponse {
  const first = Array.isArray(value) ? value[0] : value
  if (isObject(first) && 'generated_text' in first) return textGeneration.readResponse(value)
  const error = isObject(value) ? readError(value.error) : undefined
  if (error) return { error }
  const scores = scoresOf(value)
  const dimensions = dimensionsOf(value)
  return {
    output: value,
    ...(scores.length > 0 && { scores: scores.slice(0, MAX_SCORES) }),
    ...(dimensions !== undefined && { details: { dimensions } })
  }
}

/** Of one input; of several, whose classes nobody could tell apart, they stay in the output. */
function scoresOf(value: unknown): Scores {
  if (isObject(value)) return parallel(value)
  if (!Array.isArray(value)) return []
  const items: readonly unknown[] = value.length === 1 && Array.isArray(value[0]) ? value[0] : value
  return items.flatMap((item) =>
    isObject(item) && typeof item.label === 'string' && typeof item.score === 'number'
      ? [{ label: item.label, score: item.score }]
      : []
  )
}

/** Zero-shot classifiers of old give labels and scores as two lists. */
function parallel({ labels, scores }: Fields): Scores {
  if (!Array.isArray(labels) || !Array.isArray(scores)) return []
  return labels.flatMap((label: unknown, at) => {
    const score: unknown = scores[at]
    return typeof label === 'string' && typeof score === 'number' ? [{ label, score }] : []
  })
}

/** Length of a vector, or of the first of several. */
function dimensionsOf(value: unknown): number | undefined {
  if (!Array.isArray(value)) return undefined
  const [first] = value
  if (typeof first === 'number') return value.length
  return Array.isArray(first) ? dimensionsOf(first) : undefined
}
