/** Controls of the terminal but for the end of a line, and marks that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what models and users write may hold them
const CONTROLS = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const ONE_COLUMN = /^[\u0020-\u024F\n]*$/
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u
const NO_COLUMN = /[\p{M}\u200B-\u200D]/u

/**
 * A recorded text as it may be shown: what would steer the terminal is written out (`\u001b`), because
 * what a model answered must not move the cursor, hide lines or set a title.
 */
export function visible(text: string): string {
  return text.replace(CONTROLS, (control) => {
    if (control === '\t') return '  '
    if (control === '\r') return ''
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** How many columns a text takes: two for a Chinese character or an emoji, none for a mark. */
export function columnsOf(text: string): number {
  if (ONE_COLUMN.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += columnsOfOne(character)
  return columns
}

/** The beginning of a text that takes at most `columns`; at least one character. */
export function takeColumns(text: string, columns: number): string {
  let taken = ''
  let left = columns
  for (const character of text) {
    left -= columnsOfOne(character)
    if (left < 0 && taken !== '') break
    taken += character
  }
  return taken
}

/** The least room of a model's name, in columns. */
export const LEAST = 8

/** Columns between two facts of a line. */
const GAP = 2

/** What a line of some columns leaves for a model's name beside other facts, which may be less than nothing. */
export function roomBeside(facts: readonly number[], width: number): number {
  return facts.reduce((left, columns) => left - columns - GAP, width)
}

function columnsOfOne(character: string): number {
  if (WIDE.test(character)) return 2
  return NO_COLUMN.test(character) ? 0 : 1
}
