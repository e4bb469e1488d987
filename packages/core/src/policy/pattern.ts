import type { Patterns } from './policy-document.ts'

/** Patterns, made ready to be compared. */
export interface Matcher {
  /** Whether one of the texts matches one of the patterns. */
  matches(found: string | readonly string[] | undefined): boolean
}

/** The patterns as a list. */
export function listOf(patterns: Patterns): readonly string[] {
  return typeof patterns === 'string' ? [patterns] : patterns
}

/** Makes patterns ready: texts are equal, or begin as a pattern that ends with `*`. Case counts. */
export function newMatcher(patterns: Patterns): Matcher {
  const all = listOf(patterns)
  const beginnings = all.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1))
  const texts = new Set(all.filter((one) => !one.endsWith('*')))
  const isMatch = (text: string) =>
    texts.has(text) || beginnings.some((beginning) => text.startsWith(beginning))
  return {
    matches(found) {
      if (found === undefined) return false
      return typeof found === 'string' ? isMatch(found) : found.some(isMatch)
    }
  }
}

/** Whether everything that `narrow` matches is matched by `wide` as well. */
export function covers(wide: Patterns, narrow: Patterns): boolean {
  return listOf(narrow).every((one) => listOf(wide).some((other) => coversOne(other, one)))
}

function coversOne(wide: string, narrow: string): boolean {
  if (!wide.endsWith('*')) return wide === narrow
  return narrow.startsWith(wide.slice(0, -1))
}
