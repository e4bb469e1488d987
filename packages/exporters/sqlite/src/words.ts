import { AuditError } from '@slm-audit/core'

/** A word or a quoted phrase that is searched for: its tokens, folded as the index folds them. */
export interface Term {
  readonly tokens: readonly string[]
  /** The term as a string of FTS5's query language; never anything else. */
  readonly match: string
}

const TOKEN = /[\p{L}\p{N}\p{Co}]+/gu

/**
 * The terms of a search text: words, and phrases in double quotes. Any text is safe. Throws
 * AuditError `bad_query` when it has no word.
 */
export function termsOf(text: string): Term[] {
  const terms: Term[] = []
  for (const [, phrase, word] of text.matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    const tokens = tokensOf(phrase ?? word ?? '')
    if (tokens.length > 0) terms.push({ tokens, match: `"${tokens.join(' ')}"` })
  }
  if (terms.length === 0) {
    throw new AuditError('bad_query', 'the search has no word; give at least one letter or digit')
  }
  return terms
}

/** Whether a text holds a term, as the index would say. */
export function holds(text: string, term: Term): boolean {
  return ` ${tokensOf(text).join(' ')} `.includes(` ${term.tokens.join(' ')} `)
}

/** The part of a text around the first term that stands in it, the terms in square brackets. */
export function snippetOf(text: string, terms: readonly Term[], width = 160): string {
  const places = [...text.matchAll(TOKEN)]
  const words = new Set(terms.flatMap(({ tokens }) => tokens))
  const hits = places.filter(([word]) => words.has(fold(word)))
  const from = Math.max(0, (hits[0]?.index ?? 0) - width / 4)
  const to = from + width
  let snippet = from > 0 ? '…' : ''
  let at = from
  for (const { 0: word, index } of hits) {
    if (index < from || index + word.length > to) continue
    snippet += `${text.slice(at, index)}[${word}]`
    at = index + word.length
  }
  return `${snippet}${text.slice(at, to)}${to < text.length ? '…' : ''}`.toWellFormed()
}

function tokensOf(text: string): string[] {
  return (text.match(TOKEN) ?? []).map(fold)
}

/** Lower case without diacritics, as FTS5's unicode61 folds. */
function fold(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
