import { type Term, tokensOf } from './words.ts'

/** Texts as they are searched: each word between spaces, each text behind a bar, so that words side by side are found as they stand. */
export function wordBody(texts: readonly string[]): string {
  return bodyOf(texts.map(tokensOf))
}

/** The same of texts that are tokens already. */
export function bodyOf(texts: readonly (readonly string[])[]): string {
  return texts.map((tokens) => `| ${tokens.join(' ')} `).join('')
}

/** Whether texts, as `wordBody` has them, hold words side by side, the last one perhaps as a beginning. */
export function bodyHolds(body: string, words: string, isPrefix: boolean): boolean {
  const tokens = tokensOf(words)
  return tokens.length > 0 && body.includes(phraseIn({ tokens, isPrefix }))
}

/** A term as it stands in such a body. */
export function phraseIn({ tokens, isPrefix }: Term): string {
  return ` ${tokens.join(' ')}${isPrefix ? '' : ' '}`
}
