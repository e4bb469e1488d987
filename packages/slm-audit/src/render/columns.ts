import { createRequire } from 'node:module'

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

/** A row for programs that cut columns: tabs between the cells, on one line, and nothing in them that steers a terminal. */
export function tabbedRow(cells: readonly unknown[]): string {
  return `${cells.map((cell) => visible(String(cell ?? '').replace(/\s+/g, ' '))).join('\t')}\n`
}

/** A list of JSON for programs, one document with a value a line. */
export function visibleList(values: readonly unknown[]): string {
  return values.length === 0 ? '[]' : `[\n${values.map(visibleJson).join(',\n')}\n]`
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

// Characters that join no other: one column each in Latin, Greek, Cyrillic, Hebrew and Arabic letters,
// punctuation, arrows, lines and our marks; two in Chinese, Japanese and Korean.
const NARROW = String.raw`\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0386\u0388-\u038a\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0660-\u066f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u2500-\u25bf\u2713\u2715\u2717\u25cb\u25cc\u25d0\u2302`
const WIDE = String.raw`\u3001-\u3003\u3008-\u3011\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e`
const PLAIN = new RegExp(`^[${NARROW}${WIDE}]*$`)
const EACH_WIDE = new RegExp(`[${WIDE}]`, 'g')
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal's styles are made of.
const STYLED = /\u001b\[[\d;]*m/g

/**
 * How many columns a text takes: two for a Chinese character or an emoji, none for a mark, as
 * terminals show what belongs together (UAX 29, UAX 11). Styles of ours take none.
 */
export function columnsOf(text: string): number {
  const shown = text.includes('\u001b') ? text.replace(STYLED, '') : text
  if (!PLAIN.test(shown)) return joined().columns(shown)
  return shown.length + (shown.match(EACH_WIDE)?.length ?? 0)
}

interface Joined {
  readonly columns: (text: string) => number
  readonly graphemes: Intl.Segmenter
}

let known: Joined | undefined

/** What knows the characters that join others. Its tables take longer to load than a list to be read. */
function joined(): Joined {
  if (known) return known
  const module: typeof import('string-width') = createRequire(import.meta.url)('string-width')
  known = { columns: module.default, graphemes: new Intl.Segmenter() }
  return known
}

/** The beginning of a text that takes at most `columns`; at least one character as it is seen. */
export function takeColumns(text: string, columns: number): string {
  let taken = ''
  let left = columns
  for (const character of charactersOf(text)) {
    left -= columnsOf(character)
    if (left < 0 && taken !== '') break
    taken += character
  }
  return taken
}

/** The characters of a text as they are seen, one after the other. */
function* charactersOf(text: string): Iterable<string> {
  if (PLAIN.test(text)) yield* text
  else for (const { segment } of joined().graphemes.segment(text)) yield segment
}

/** The least room of a model's name, in columns. */
export const LEAST = 8

/** Columns between two facts of a line. */
const GAP = 2

/** What a line of some columns leaves for a model's name beside other facts, which may be less than nothing. */
export function roomBeside(facts: readonly number[], width: number): number {
  return facts.reduce((left, columns) => left - columns - GAP, width)
}
