import { AuditError } from '../../base/error.ts'
import type { FilterTree, Words } from '../filter/tree.ts'

/** Words side by side that are searched for: their tokens, folded as the index folds them. */
export interface Term {
  /** The words, one next to the other. */
  readonly tokens: readonly string[]
  /** Whether the last token is only the beginning of one. */
  readonly isPrefix: boolean
}

/** Characters of a word that count: an unbroken text of megabytes is one token of this length. */
const LONGEST = 128
const SCRIPTS = ['Hani', 'Hira', 'Kana', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']
/** Letters of scripts without spaces, or with endings on every word. */
const SINGLE = `[\\p{L}&&[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]]`
const LETTER = `[[\\p{L}\\p{N}\\p{Co}]--${SINGLE}]`
/** Vowel signs are marks that belong to their words. */
const REST = `[[\\p{L}\\p{M}\\p{N}\\p{Co}]--${SINGLE}]`
/** Each single letter is a token, so that their words are phrases, which are found inside of others. */
const TOKEN = new RegExp(`${SINGLE}\\p{M}*|${LETTER}${REST}{0,${LONGEST - 1}}`, 'gv')
/** In steps: a pattern without a bound would go back over megabytes. */
const OVERLONG = new RegExp(`${REST}{1,1024}`, 'vy')
const ASCII_TOKEN = new RegExp(`[a-z0-9]{1,${LONGEST}}`, 'g')
const ASCII_WORD = new RegExp(ASCII_TOKEN, 'gi')
const BEYOND_ASCII = /[\u0080-\uffff]/
/**
 * Marks that a reader leaves out: accents, Hebrew points, Arabic vowel marks and the stroke that
 * stretches a word, selectors of variants, joiners.
 */
const LEFT_OUT =
  /\u200c|\u200d|\u20e3|[\ufe00-\ufe0f]|[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]/g

/**
 * The words and quoted phrases of a search text. Any text is safe. Throws AuditError `bad_query` when
 * it has no word.
 */
export function wordsOf(text: string): Words[] {
  const found: Words[] = []
  for (const [, phrase, word] of text.matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    const words = phrase ?? word ?? ''
    if (tokensOf(words).length > 0) found.push({ is: 'words', words })
  }
  if (found.length > 0) return found
  throw new AuditError('bad_query', 'the search has no word; give at least one letter or digit')
}

/** What a filter searches texts for, but for what it excludes. */
export function termsOf(tree: FilterTree): Term[] {
  if (tree.is === 'words') {
    return [{ tokens: tokensOf(tree.words), isPrefix: tree.isPrefix === true }]
  }
  return tree.is === 'all' || tree.is === 'any' ? tree.of.flatMap(termsOf) : []
}

/**
 * The part of a text around the first term that stands in it, the terms in square brackets;
 * `undefined` when none does.
 */
export function snippetOf(text: string, terms: readonly Term[], width = 160): string | undefined {
  let from: number | undefined
  let snippet = ''
  let at = 0
  for (const hit of hitsIn(text, terms)) {
    if (from === undefined) {
      from = at = Math.max(0, hit.from - width / 4)
      snippet = from > 0 ? '…' : ''
    }
    if (hit.to > from + width) break
    snippet += `${text.slice(at, hit.from)}[${text.slice(hit.from, hit.to)}]`
    at = hit.to
  }
  if (from === undefined) return undefined
  const to = Math.max(at, from + width)
  return `${snippet}${text.slice(at, to)}${to < text.length ? '…' : ''}`.toWellFormed()
}

interface Hit {
  readonly from: number
  readonly to: number
}

/** Where tokens of the terms stand, in order; those without anything between them as one. */
function* hitsIn(text: string, terms: readonly Term[]): Generator<Hit> {
  const tokens = new Set(terms.flatMap((term) => term.tokens))
  const beginnings = terms.flatMap(({ isPrefix, tokens }) => (isPrefix ? tokens.slice(-1) : []))
  const isHit = (word: string) =>
    tokens.has(word) || beginnings.some((beginning) => word.startsWith(beginning))
  let last: Hit | undefined
  const pattern = BEYOND_ASCII.test(text) ? TOKEN : ASCII_WORD
  for (const { 0: word, index } of text.matchAll(pattern)) {
    if (!isHit(fold(word))) continue
    const to = index + word.length
    if (last?.to === index) {
      last = { from: last.from, to }
      continue
    }
    if (last) yield last
    last = { from: index, to }
  }
  if (last) yield last
}

/** The tokens of a text, folded: what an index holds of it, so that no index can disagree with searches about them. */
export function tokensOf(text: string): readonly string[] {
  const folded = fold(text)
  const isAscii = !BEYOND_ASCII.test(folded)
  const pattern = isAscii ? ASCII_TOKEN : TOKEN
  const tokens = folded.match(pattern) ?? []
  return tokens.some((token) => token.length === LONGEST) ? cutTokens(folded) : tokens
}

/** The tokens of a text with words that are too long: what is behind their bound is left out. */
function cutTokens(folded: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(folded); found; found = TOKEN.exec(folded)) {
    tokens.push(found[0])
    if (found[0].length < LONGEST) continue
    OVERLONG.lastIndex = TOKEN.lastIndex
    while (OVERLONG.test(folded)) TOKEN.lastIndex = OVERLONG.lastIndex
  }
  TOKEN.lastIndex = 0
  return tokens
}

/** Lower case without the marks that readers leave out, in one form of Unicode: full-width letters are as others. */
function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase()
  return text.normalize('NFKD').replace(LEFT_OUT, '').normalize('NFC').toLowerCase()
}
