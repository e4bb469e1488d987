/** A value as it stands in a filter. */
export function quoted(value: string): string {
  return value === '' || /[\s",()*\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value
}

/** The words of a filter; blanks in quotes part none. */
export function wordsIn(q: string): string[] {
  return q.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []
}

/** A filter with a word, or without it where it has it; its opposite goes. */
export function toggled(q: string, word: string): string {
  const opposite = word.startsWith('-') ? word.slice(1) : `-${word}`
  const words = wordsIn(q)
  const rest = words.filter((each) => each !== word && each !== opposite)
  return (words.includes(word) ? rest : [...rest, word]).join(' ')
}

/** A filter with these times in place of those that it had. */
export function withTimes(q: string, from?: number, to?: number): string {
  const rest = wordsIn(q).filter((word) => !/^(since|after|from|until|before|to):/i.test(word))
  const times = [
    ...(from === undefined ? [] : [`since:${new Date(from).toISOString()}`]),
    ...(to === undefined ? [] : [`until:${new Date(to).toISOString()}`])
  ]
  return [...rest, ...times].join(' ')
}

/** Whether a filter asks for times. */
export function hasTimes(q: string): boolean {
  return withTimes(q) !== wordsIn(q).join(' ')
}
