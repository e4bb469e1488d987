/** A token that a classifier labelled, as transformers.js gives it: `word` is its text, without its place. */
export interface LabelledToken {
  readonly word: string
  readonly entity: string
  readonly score: number
}

/** A value that was found: where it stands, in UTF-16 code units, and the first behind it. */
export type FoundRange = readonly [start: number, end: number]

/** A text without case and accents, as many tokenizers read it, with the place of each character. */
interface Folded {
  readonly text: string
  readonly places: readonly number[]
}

/**
 * Where the tokens that `isMeant` stand in the text that they were made of: neighbours of one entity are one value, and
 * a word of which one token is meant is meant whole. `tokens` are all of the text, in its order.
 */
export function alignTokens(
  text: string,
  tokens: readonly LabelledToken[],
  isMeant: (token: LabelledToken) => boolean
): FoundRange[] {
  const folded = fold(text)
  const found: FoundRange[] = []
  let at = 0
  /** Where meant tokens begin whose own text is not in the text: the tokenizer does not know them. */
  let unknownFrom: number | undefined
  for (const token of tokens) {
    const word = fold(token.word.replace(/^##/, '').trim()).text
    const start = word === '' ? -1 : folded.text.indexOf(word, at)
    const isNear = start >= 0 && folded.text.slice(at, start).trim().length <= MOST_UNKNOWN
    if (!isNear) {
      if (isMeant(token)) unknownFrom ??= at
      continue
    }
    if (unknownFrom !== undefined) found.push([unknownFrom, start])
    unknownFrom = undefined
    at = start + word.length
    if (isMeant(token)) found.push([start, at])
  }
  if (unknownFrom !== undefined) found.push([unknownFrom, folded.text.length])
  const whole = found.map(([start, end]) => placed(folded, start, end, text))
  return merged(
    text,
    whole.map((range) => wholeWords(text, range))
  )
}

/** A word that is further away than this is another of the same spelling. */
const MOST_UNKNOWN = 80

function fold(text: string): Folded {
  let folded = ''
  const places: number[] = []
  let place = 0
  for (const character of text) {
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    folded += plain
    for (let unit = 0; unit < plain.length; unit++) places.push(place)
    place += character.length
  }
  return { text: folded, places }
}

function placed({ places }: Folded, start: number, end: number, text: string): FoundRange {
  return [places[start] ?? text.length, places[end] ?? text.length]
}

const LETTER = /[\p{L}\p{M}\p{N}]/u

function wholeWords(text: string, [from, to]: FoundRange): FoundRange {
  let [start, end] = [from, to]
  while (start < end && /\s/.test(text[start] ?? '')) start++
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--
  const isLetter = (at: number) => LETTER.test(text[at] ?? '')
  while (start > 0 && isLetter(start) && isLetter(start - 1)) start--
  while (end < text.length && isLetter(end - 1) && isLetter(end)) end++
  return [start, end]
}

/** Ranges of one value: nothing but space, hyphens or apostrophes stands between them. */
function merged(text: string, ranges: readonly FoundRange[]): FoundRange[] {
  const all: FoundRange[] = []
  for (const [start, end] of ranges) {
    const last = all.at(-1)
    if (last && /^[ \t’'.-]{0,2}$/.test(text.slice(last[1], Math.max(start, last[1])))) {
      all[all.length - 1] = [last[0], Math.max(end, last[1])]
    } else if (end > start) all.push([start, end])
  }
  return all
}
