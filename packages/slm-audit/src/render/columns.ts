import stringWidth from 'string-width'

/**
 * What would steer a terminal or be invisible on it: controls but for the end of a line, marks that
 * turn the direction of writing, separators of lines, invisible tags outside of flags. Joiners, which
 * scripts and emoji need, and signs that are seen stay.
 */
const UNSEEN =
  /(?!\n)\p{Cc}|(?![\u00AD\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u200B-\u200D\u{110BD}\u{110CD}\u{E0020}-\u{E007F}])\p{Cf}|[\p{Zl}\p{Zp}]|(?<!\u{1F3F4}[\u{E0020}-\u{E007F}]*)[\u{E0020}-\u{E007F}]/gu

/**
 * A text as it may be shown: what would steer the terminal is written out (`\u001b`), because what a
 * model answered, or a user named, must not move the cursor, hide lines or set a title.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unseen) => {
    if (unseen === '\t') return '  '
    if (unseen === '\r') return ''
    return escaped(unseen)
  })
}

/** `visible` for what programs read as JSON: the value stays the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (unseen) =>
    Array.from({ length: unseen.length }, (_, at) => escapedUnit(unseen.charCodeAt(at))).join('')
  )
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : escapedUnit(code)
}

function escapedUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * How many columns a text takes: two for a Chinese character or an emoji, none for a mark, as
 * terminals show what belongs together (UAX 29, UAX 11).
 */
export function columnsOf(text: string): number {
  return stringWidth(text)
}

const graphemes = new Intl.Segmenter()

/** The beginning of a text that takes at most `columns`; at least one character as it is seen. */
export function takeColumns(text: string, columns: number): string {
  let taken = ''
  let left = columns
  for (const { segment } of graphemes.segment(text)) {
    left -= columnsOf(segment)
    if (left < 0 && taken !== '') break
    taken += segment
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
