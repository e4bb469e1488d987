import { phraseIn, wordBody } from './word-body.ts'
import { fold, isAscii, LONGEST_WORD, type Term, wordsIn } from './words.ts'

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

/** Whether each term stands in one of some texts, as `wordBody` of them tells. */
export function holdAll(texts: readonly string[], terms: readonly Term[]): boolean {
  const { each } = finderOf(terms)
  const plain = texts.filter(hasPlainWords)
  let others: readonly string[] | undefined
  let body: string | undefined
  return terms.every((term, at) => {
    if (plain.some((text) => each[at]?.test(text))) return true
    if (plain.length === texts.length) return false
    others ??= texts.filter((text) => !hasPlainWords(text)).map(fold)
    // Most do not even have its letters, and taking texts apart is most of the work.
    if (!term.tokens.every((token) => others?.some((text) => text.includes(token)))) return false
    body ??= wordBody(others)
    return body.includes(phraseIn(term))
  })
}

/** Characters that no text is told apart by: ASCII, and marks that stand between words as those of ASCII do. */
const BEYOND_PLAIN = /[^\0-\x7f\xa0\xa1\xab\xbb\xbf\u2010-\u2015\u2018-\u201f\u2026\u20ac]/

/** Whether words of a text are letters and digits of ASCII alone. */
function hasPlainWords(text: string): boolean {
  return !BEYOND_PLAIN.test(text)
}

interface Hit {
  readonly from: number
  readonly to: number
}

/** Where tokens of the terms stand, in order; those without anything between them as one. */
function* hitsIn(text: string, terms: readonly Term[]): Generator<Hit> {
  let last: Hit | undefined
  for (const { 0: word, index } of wordsOf(text, finderOf(terms))) {
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

/** The words of a text that are of a term, each with its place. */
function* wordsOf(text: string, { isHit, words, tokens }: Finder): Generator<Word, undefined> {
  if (hasPlainWords(text)) {
    if (words) yield* text.matchAll(words)
    return
  }
  // Taking texts apart is most of the work, so not those without a letter of what is looked for.
  const folded = fold(text)
  if (!tokens.some((token) => folded.includes(token))) return
  for (const word of wordsIn(text)) if (isHit(fold(word[0]))) yield word
}

type Word = ReturnType<typeof wordsIn> extends Iterable<infer Found> ? Found : never

/** What finds terms in texts. */
interface Finder {
  /** Whether a word of a text, folded, is one of a term. */
  readonly isHit: (word: string) => boolean
  /** The folded words of all terms. */
  readonly tokens: readonly string[]
  /** The words of all terms in a plain text; absent where none can stand in one. */
  readonly words?: RegExp
  /** Each term in a plain text; `undefined` for one that cannot stand in one. */
  readonly each: readonly (RegExp | undefined)[]
}

const finders = new WeakMap<readonly Term[], Finder>()

/** Made once for the terms of a search, which are looked for in each row of a page. */
function finderOf(terms: readonly Term[]): Finder {
  const known = finders.get(terms)
  if (known) return known
  const tokens = new Set(terms.flatMap((term) => term.tokens))
  const beginnings = terms.flatMap((term) => (term.isPrefix ? term.tokens.slice(-1) : []))
  const words = [
    ...[...tokens].filter(isAscii).map(wholeWord),
    ...beginnings.filter(isAscii).map(beginningOf)
  ]
  const finder = {
    isHit: (word: string) =>
      tokens.has(word) || beginnings.some((beginning) => word.startsWith(beginning)),
    tokens: [...tokens],
    each: terms.map(patternOf),
    ...(words.length > 0 && { words: new RegExp(`${BEHIND}(?:${words.join('|')})`, 'gi') })
  }
  finders.set(terms, finder)
  return finder
}

const BEHIND = '(?<![a-z0-9])'
const BETWEEN = '[^a-z0-9]+'

/** A token, which is letters and digits alone, as a word of ASCII; the longest is what counts of a longer word. */
function wholeWord(token: string): string {
  return token.length < LONGEST_WORD ? `${token}(?![a-z0-9])` : token
}

/** A word of ASCII that begins so. */
function beginningOf(token: string): string {
  return `${token}[a-z0-9]{0,${LONGEST_WORD - token.length}}`
}

function patternOf({ tokens, isPrefix }: Term): RegExp | undefined {
  if (!tokens.every(isAscii)) return undefined
  const words = tokens.map((token, at) =>
    isPrefix && at === tokens.length - 1 ? beginningOf(token) : wholeWord(token)
  )
  return new RegExp(BEHIND + words.join(BETWEEN), 'i')
}
