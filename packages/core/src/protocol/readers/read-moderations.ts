import { isObject, textMember } from '../../base/json.ts'
import type { CallResponse } from '../../record/call-facts.ts'
import { readError } from './read-error.ts'

type Score = NonNullable<CallResponse['scores']>[number]

/** More would not fit a header; the output has them all. */
const MAX_SCORES = 100

/**
 * Reads an answer of moderation, `{ results: [{ category_scores, flagged }] }`, as OpenAI and Mistral
 * give it: the scores of the categories are the record's confidence. Where several inputs are
 * judged, labels begin with the input's index. `scoresOf` reads the scores of one result.
 */
export function readModerations(
  value: unknown,
  scoresOf: (result: { readonly [name: string]: unknown }) => readonly Score[] = categoryScores
): CallResponse {
  if (!isObject(value)) return { output: value }
  const results = Array.isArray(value.results) ? value.results.filter(isObject) : []
  const flagged = results.map((result) => result.flagged)
  const scores = results.flatMap((result, at) =>
    scoresOf(result).map(({ label, score }) => ({
      label: results.length > 1 ? `${at}:${label}` : label,
      score
    }))
  )
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(value.results !== undefined && { output: value.results }),
    ...(flagged.some((flag) => flag !== undefined) && { details: { flagged } }),
    ...(scores.length > 0 && scores.length <= MAX_SCORES && { scores }),
    ...(error && { error })
  }
}

/** The scores among the members of an object, by their names. */
export function readScores(scores: unknown): Score[] {
  if (!isObject(scores)) return []
  return Object.entries(scores).flatMap(([label, score]) =>
    typeof score === 'number' ? [{ label, score }] : []
  )
}

function categoryScores({
  category_scores: scores
}: {
  readonly [name: string]: unknown
}): Score[] {
  return readScores(scores)
}
