import type { Page } from '../call-summary.ts'
import { type RelevantPage, relevantCursor } from './call-query.ts'
import { phraseIn } from './word-body.ts'
import type { Term } from './words.ts'

/** How many of the newest calls that match are compared by relevance, and how many of the best are given. */
export const RELEVANT = { among: 20_000, kept: 200 } as const

/** What of a call's texts says how relevant it is to some terms. */
export interface Mentions {
  /** How often each term stands in them, in the order of the terms. */
  readonly counts: readonly number[]
  /** How long they are, in the same unit for all calls that are compared. */
  readonly length: number
}

/** Counts how often texts, as `wordBody` has them, mention each term. */
export function mentionsIn(body: string, terms: readonly Term[]): Mentions {
  const counts = terms.map((term) => body.split(phraseIn(term)).length - 1)
  return { counts, length: body.length }
}

/** How much a second mention adds to the first, and how much long texts count less: the usual ones of BM25. */
const [SATURATION, LENGTH_SHARE] = [1.2, 0.75]

/** The score of each, the higher the more relevant, by Okapi BM25 with all of them as the collection. */
function relevanceOf(mentions: readonly Mentions[]): number[] {
  const count = mentions.length
  const average = mentions.reduce((sum, { length }) => sum + length, 0) / count || 1
  const weights = (mentions[0]?.counts ?? []).map((_, at) => {
    const having = mentions.filter(({ counts }) => (counts[at] ?? 0) > 0).length
    return Math.log(1 + (count - having + 0.5) / (having + 0.5))
  })
  return mentions.map(({ counts, length }) => {
    const long = SATURATION * (1 - LENGTH_SHARE + (LENGTH_SHARE * length) / average)
    const scores = counts.map((times, at) => ((weights[at] ?? 0) * times) / (times + long))
    return scores.reduce((sum, score) => sum + score, 0)
  })
}

/** Rows with the texts' mentions, the most relevant first, and the newest first of those that are alike. */
export function mostRelevant<Row extends { readonly id: number }>(
  rows: readonly { readonly row: Row; readonly mentions: Mentions }[]
): Row[] {
  const scores = relevanceOf(rows.map(({ mentions }) => mentions))
  return rows
    .map(({ row }, at) => ({ row, score: scores[at] ?? 0 }))
    .sort((one, other) => other.score - one.score || other.row.id - one.row.id)
    .slice(0, RELEVANT.kept)
    .map(({ row }) => row)
}

/**
 * A page of rows that are sorted by relevance.
 *
 * @param size Records of the log when they were found, which is where the pages behind this one end as well.
 * @param compared How many of the newest calls that match were compared.
 */
export function relevantRows<Row>(
  best: readonly Row[],
  { below, offset }: RelevantPage,
  {
    limit,
    size,
    compared
  }: { readonly limit: number; readonly size: number; readonly compared: number }
): Page<Row> {
  const items = best.slice(offset, offset + limit)
  const next = offset + items.length
  return {
    items,
    ...(next < best.length && {
      cursor: relevantCursor({ below: Math.min(below, size), offset: next })
    }),
    ...(compared >= RELEVANT.among && { newest: compared })
  }
}
