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
export const LONGEST_WORD = 128
const SCRIPTS = ['Hani', 'Hira', 'Kana', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']

/** What words beyond ASCII are found with. */
interface Patterns {
  /** Each single letter is a token, so that their words are phrases, which are found inside of others. */
  readonly token: RegExp
  /** What is left of a word that is too long, in steps: a pattern without a bound would go back over megabytes. */
  readonly overlong: RegExp
}

let patterns: Patterns | undefined

/** The patterns, made once a text needs them: sets of letters of all scripts take milliseconds, which is much of what a short program takes. */
function patternsOfWords(): Patterns {
  if (patterns) return patterns
  // Letters of scripts without spaces, or with endings on every word.
  const single = `[\\p{L}&&[${SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]]`
  const letter = `[[\\p{L}\\p{N}\\p{Co}]--${single}]`
  // Vowel signs are marks that belong to their words.
  const rest = `[[\\p{L}\\p{M}\\p{N}\\p{Co}]--${single}]`
  patterns = {
    token: new RegExp(`${single}\\p{M}*|${letter}${rest}{0,${LONGEST_WORD - 1}}`, 'gv'),
    overlong: new RegExp(`${rest}{1,1024}`, 'vy')
  }
  return patterns
}

const ASCII_TOKEN = new RegExp(`[a-z0-9]{1,${LONGEST_WORD}}`, 'g')
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

/** The tokens of a text, folded: what an index holds of it, so that no index can disagree with searches about them. */
export function tokensOf(text: string): readonly string[] {
  const folded = fold(text)
  const pattern = isAscii(folded) ? ASCII_TOKEN : patternsOfWords().token
  const tokens = folded.match(pattern) ?? []
  return tokens.some((token) => token.length === LONGEST_WORD) ? cutTokens(folded) : tokens
}

/** The tokens of a text with words that are too long: what is behind their bound is left out. */
function cutTokens(folded: string): string[] {
  const tokens: string[] = []
  const { token, overlong } = patternsOfWords()
  token.lastIndex = 0
  for (let found = token.exec(folded); found; found = token.exec(folded)) {
    tokens.push(found[0])
    if (found[0].length < LONGEST_WORD) continue
    overlong.lastIndex = token.lastIndex
    while (overlong.test(folded)) token.lastIndex = overlong.lastIndex
  }
  token.lastIndex = 0
  return tokens
}

/** Whether a text is of ASCII alone, in which words are letters and digits from one other character to the next. */
export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text)
}

/**
 * Whether a text is of ASCII alone and without words that are too long, so that its tokens are its letters and digits from one
 * other character to the next, in lower case: what any index makes of ASCII, without being given them one by one.
 */
export function isPlain(text: string): boolean {
  return isAscii(text) && !hasLongWord(text)
}

/** Looks at each letter of a word that may be too long alone: one that is covers each place so far behind another one. */
function hasLongWord(text: string): boolean {
  for (let end = LONGEST_WORD; end <= text.length; ) {
    let at = end - 1
    while (at >= end - LONGEST_WORD && isWordAt(text, at)) at--
    if (at < end - LONGEST_WORD) return true
    end = at + 1 + LONGEST_WORD
  }
  return false
}

/** Whether a letter or digit of ASCII stands at a place. */
function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  const isDigit = code >= DIGITS && code < DIGITS + 10
  // The bit that tells small letters from capitals is set.
  const letter = (code | 0x20) - LETTERS
  return isDigit || (letter >= 0 && letter < 26)
}

const DIGITS = 0x30
const LETTERS = 0x61

/** The words of a text as they stand in it, each with its place. */
export function wordsIn(text: string): Iterable<{ readonly 0: string; readonly index: number }> {
  return text.matchAll(patternsOfWords().token)
}

/** Lower case without the marks that readers leave out, in one form of Unicode: full-width letters are as others. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text.normalize('NFKD').replace(LEFT_OUT, '').normalize('NFC').toLowerCase()
}
