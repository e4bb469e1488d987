import type { CallRow } from './call-query.ts'
import { holdAll, snippetOf } from './snippet-of.ts'
import type { Term } from './words.ts'

/**
 * The snippet of a call out of how its last question and its answer begin, which a row has, and its instructions, where
 * an index has them; `undefined` where these do not hold all that is looked for, so that the call must be read. Most of
 * what people look for stands there.
 */
export function rowSnippet(
  { question, answer }: Pick<CallRow, 'question' | 'answer'>,
  terms: readonly Term[],
  instructions?: string
): string | undefined {
  // A damaged row may have anything.
  const texts = [question, answer, instructions].filter((text) => typeof text === 'string')
  if (!holdAll(texts, terms)) return undefined
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
