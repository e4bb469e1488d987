import { AuditError } from '@slm-audit/core'

/** A word or a quoted phrase that is searched for: its tokens, folded as the index folds them. */
export interface Term {
  readonly tokens: readonly string[]
  /** The term as a string of FTS5's query language; never anything else. */
  readonly match: string
}

const SCRIPTS = ['Hani', 'Hira', 'Kana', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']
/** Letters of scripts without spaces, or with endings on every word. */
const SINGLE = `[\\p{L}&&[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]]`
/** Each of those is a token, so that their words are phrases, which are found inside of others. */
const TOKEN = new RegExp(`${SINGLE}|[[\\p{L}\\p{N}\\p{Co}]--${SINGLE}]+`, 'gv')

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

/** A text as it is indexed: its tokens alone, so that the index and this module cannot disagree about them. */
export function indexedText(text: string): string {
  return tokensOf(text).join(' ')
}

/** Whether a text holds a term, as the index would say. */
export function holds(text: string, term: Term): boolean {
  return ` ${indexedText(text)} `.includes(` ${term.tokens.join(' ')} `)
}

/** The part of a text around the first term that stands in it, the terms in square brackets. */
export function snippetOf(text: string, terms: readonly Term[], width = 160): string {
  const hits = hitsIn(text, terms)
  const from = Math.max(0, (hits[0]?.from ?? 0) - width / 4)
  const to = from + width
  let snippet = from > 0 ? '…' : ''
  let at = from
  for (const hit of hits) {
    if (hit.from < from || hit.to > to) continue
    snippet += `${text.slice(at, hit.from)}[${text.slice(hit.from, hit.to)}]`
    at = hit.to
  }
  return `${snippet}${text.slice(at, to)}${to < text.length ? '…' : ''}`.toWellFormed()
}

interface Hit {
  readonly from: number
  to: number
}

/** Where tokens of the terms stand; those without anything between them as one. */
function hitsIn(text: string, terms: readonly Term[]): Hit[] {
  const tokens = new Set(terms.flatMap((term) => term.tokens))
  const hits: Hit[] = []
  for (const { 0: word, index } of text.matchAll(TOKEN)) {
    if (!tokens.has(fold(word))) continue
    const last = hits.at(-1)
    if (last?.to === index) last.to += word.length
    else hits.push({ from: index, to: index + word.length })
  }
  return hits
}

function tokensOf(text: string): string[] {
  return fold(text).match(TOKEN) ?? []
}

/** Lower case without diacritics, in one form of Unicode: full-width letters are as others. */
function fold(text: string): string {
  const bare = text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return bare.normalize('NFC').toLowerCase()
}
