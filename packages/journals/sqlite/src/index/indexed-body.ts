import type { AuditRecord } from '@slm-audit/core/journal'
import { NUMBER_FIELDS, numberOf } from '@slm-audit/core/reader'
import { type CallDocument, type FacetValue, isPlain, tokensOf } from '@slm-audit/core/store'
import { bucketOf } from './buckets.ts'
import { facetToken } from './facets.ts'

/** A token between two texts, which no text has: words side by side are looked for in one text. */
const BAR = '\ufdd1'

/** What FTS5 holds of a call: words and facets, as tokens with a space between. */
export function indexedBody({ texts, header, facets, scores }: CallDocument): string {
  const scored = scores.length > 0 ? ['', ...scores.map(([name]) => name)] : []
  const scoreTokens = scored.map((name) => facetToken('score', name))
  const words = texts.map(indexedText).filter((text) => text !== '')
  return [words.join(` ${BAR} `), ...facetTokens(header, facets), ...scoreTokens].join(' ')
}

/** Words side by side as a string of FTS5's query language, never anything else; `undefined` for none. */
export function matchOf(words: string, isPrefix: boolean): string | undefined {
  const tokens = tokensOf(words)
  if (tokens.length === 0) return undefined
  return `"${tokens.join(' ')}"${isPrefix ? ' *' : ''}`
}

/** A text as it is indexed: its tokens alone, but for one of which FTS5 makes the same tokens by itself. */
function indexedText(text: string): string {
  return isPlain(text) ? text : tokensOf(text).join(' ')
}

function facetTokens(header: AuditRecord, values: readonly FacetValue[]): string[] {
  const tokens = [facetToken(header.stage === 'event' ? 'other' : 'call')]
  for (const [facet, value] of values) tokens.push(facetToken(facet, value))
  for (const field of NUMBER_FIELDS) {
    const number = numberOf(header, field)
    if (number !== undefined) tokens.push(facetToken(field, String(bucketOf(field, number))))
  }
  return tokens
}
