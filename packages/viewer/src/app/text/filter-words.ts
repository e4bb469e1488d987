import { type TextField, textTestText } from '@slm-audit/core/reader'

/** A test of a field, or of a tag as `tag.tier`, as it stands in a filter. */
export function testOf(name: string, value: string): string {
  const [field = '', ...tag] = name.split('.')
  return textTestText({
    is: 'text',
    field: field as TextField,
    ...(tag.length > 0 && { tag: tag.join('.') }),
    values: [{ value }]
  })
}

/** The words of a filter; blanks in quotes part none. */
export function wordsIn(q: string): string[] {
  return q.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []
}

/** Whether a filter looks for words in what was said, which calls can be more or less about. */
export function hasText(q: string): boolean {
  return wordsIn(q).some((word) => !/^-|^\(*-?[\w.]+:|^\(*(?:AND|OR|NOT|\|\|?)\)*$/.test(word))
}

/** A filter that something more is asked by: tests side by side bind closer than OR. */
export function withWords(q: string, ...words: readonly string[]): string {
  const asked = words.length > 0 && isAnyOf(q) ? `(${q})` : q
  return [asked, ...words].filter(Boolean).join(' ')
}

/** Whether one of several parts of a filter is enough, outside of all groups. */
function isAnyOf(q: string): boolean {
  let depth = 0
  for (const [piece] of q.matchAll(/"(?:[^"\\]|\\.)*"?|[()]|[^\s"()]+/g)) {
    if (piece === '(') depth++
    else if (piece === ')') depth--
    else if (depth === 0 && /^(?:OR|\|\|?)$/.test(piece)) return true
  }
  return false
}

/** A filter with a word, or without it where it has it; its opposite goes. */
export function toggled(q: string, word: string): string {
  const opposite = word.startsWith('-') ? word.slice(1) : `-${word}`
  if (isAnyOf(q)) return withWords(q, word)
  const words = wordsIn(q)
  const rest = words.filter((each) => each !== word && each !== opposite)
  return (words.includes(word) ? rest : [...rest, word]).join(' ')
}

/** A filter with these times in place of those that it had. */
export function withTimes(q: string, from?: number, to?: number): string {
  // Of several parts each may have times of its own.
  const isTime = (word: string) => /^(since|after|from|until|before|to):/i.test(word)
  const rest = isAnyOf(q)
    ? q
    : wordsIn(q)
        .filter((word) => !isTime(word))
        .join(' ')
  const times = [
    ...(from === undefined ? [] : [`since:${new Date(from).toISOString()}`]),
    ...(to === undefined ? [] : [`until:${new Date(to).toISOString()}`])
  ]
  return withWords(rest, ...times)
}

/** Whether a filter asks for times. */
export function hasTimes(q: string): boolean {
  return !isAnyOf(q) && withTimes(q) !== wordsIn(q).join(' ')
}
