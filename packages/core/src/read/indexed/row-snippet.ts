import type { CallRow } from './call-query.ts'
import { mayHold, snippetOf } from './snippet-of.ts'
import { phraseIn, wordBody } from './word-body.ts'
import { isAscii, type Term } from './words.ts'

/**
 * The snippet of a call out of how its last question and its answer begin, which a row has; `undefined` where these do
 * not hold all that is looked for, so that the call must be read. Most of what people look for stands there.
 */
export function rowSnippet(
  { question, answer }: Pick<CallRow, 'question' | 'answer'>,
  terms: readonly Term[]
): string | undefined {
  // A damaged row may have anything.
  const texts = [question, answer].filter((text) => typeof text === 'string')
  if (!mayHold(texts, terms)) return undefined
  if (!texts.every(isAscii)) {
    const body = wordBody(texts)
    if (!terms.every((term) => body.includes(phraseIn(term)))) return undefined
  }
  return snippetIn(texts, terms)
}

/** The snippet of the first text that a term stands in; `undefined` where none does. */
export function snippetIn(texts: Iterable<string>, terms: readonly Term[]): string | undefined {
  for (const text of texts) {
    const snippet = snippetOf(text, terms)
    if (snippet !== undefined) return snippet
  }
  return undefined
}
