import { type CallResponse, isObject, type Protocol, readError, textMember } from '@slm-audit/core'
import { homeOf, NO_TOOLS } from './home.ts'
import { readRequest } from './read-request.ts'

type Fields = { readonly [name: string]: unknown }
type Score = NonNullable<CallResponse['scores']>[number]

/** More would not fit a header; the output has them all. */
const MAX_SCORES = 100

/**
 * Moderations (`POST …/moderations`): the scores of the categories are the record's confidence. Where
 * several inputs are judged, labels begin with the input's index.
 *
 * Source: type definitions of the openai package, 7.57 (`resources/moderations`).
 */
export const openaiModerations: Protocol = {
  name: 'openai.moderations',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/moderations'),
  readRequest: (body, url) => readRequest('moderation', ['input'], body, url),
  readResponse: read,
  start: () => undefined,
  step: (_acc, event) => event,
  finish: read,
  home: homeOf(() => openaiModerations, NO_TOOLS)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const results = Array.isArray(value.results) ? value.results.filter(isObject) : []
  const scores = results.flatMap((result, at) =>
    scoresOf(result, results.length > 1 ? `${at}:` : '')
  )
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(value.results !== undefined && { output: value.results }),
    ...(results.length > 0 && { details: { flagged: results.map(({ flagged }) => flagged) } }),
    ...(scores.length > 0 && scores.length <= MAX_SCORES && { scores }),
    ...(error && { error })
  }
}

function scoresOf({ category_scores: scores }: Fields, prefix: string): Score[] {
  if (!isObject(scores)) return []
  return Object.entries(scores).flatMap(([name, score]) =>
    typeof score === 'number' ? [{ label: prefix + name, score }] : []
  )
}
