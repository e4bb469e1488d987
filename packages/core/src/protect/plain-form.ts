/** A text in the characters that detectors know, and where each of them stood. */
export interface PlainForm {
  readonly text: string
  /** Where in the original a UTF-16 code unit of the text begins. */
  readonly placeOf: (at: number) => number
  /** The first place in the original behind a UTF-16 code unit of the text. */
  readonly endOf: (at: number) => number
}

/** Spaces, hyphens, full-width letters, and digits of scripts in which people write numbers: each one UTF-16 code unit. */
const ODD =
  /[\u00a0\u2007\u2009\u2010\u2011\u202f\uff0b\uff0d\uff0e\uff10-\uff19\uff20-\uff3a\uff3f\uff41-\uff5a\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g

/**
 * What nobody sees, and copying brings along: soft hyphens, joiners, marks of direction. And characters that are written
 * otherwise: in addresses (`%40`), and in texts within texts (`\n`, `\"`, `\u0040`).
 */
const SPELLED =
  /[\u00ad\u200b-\u200f\u2060\ufeff]|%[2-7][0-9A-Fa-f]|\\(?:[nrt"'/]|u00[2-7][0-9A-Fa-f])/g
const MAY_BE_SPELLED = /[\u00ad\u200b-\u200f\u2060\ufeff%\\]/

/** Zero of each run of digits. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6]

/**
 * A text as detectors look through it: `４１１１` is `4111`, a zero-width space in a key is not there, and `%40` is `@`.
 */
export function plainForm(text: string): PlainForm {
  const plain = text.replace(ODD, plainOf)
  const same = { text: plain, placeOf: (at: number) => at, endOf: (at: number) => at + 1 }
  if (!MAY_BE_SPELLED.test(plain)) return same
  let seen = ''
  let at = 0
  const places: number[] = []
  for (const { 0: spelled, index } of plain.matchAll(SPELLED)) {
    for (; at < index; at++) places.push(at)
    seen += plain.slice(places[seen.length] ?? index, index)
    const meant = meantBy(spelled)
    if (meant !== '') places.push(index)
    seen += meant
    at = index + spelled.length
  }
  if (at === 0) return same
  seen += plain.slice(at)
  for (; at < plain.length; at++) places.push(at)
  return {
    text: seen,
    placeOf: (place) => places[place] ?? plain.length,
    endOf: (place) => {
      const start = places[place] ?? plain.length
      SPELLED_HERE.lastIndex = start
      return start + (SPELLED_HERE.exec(plain)?.[0].length ?? 1)
    }
  }
}

const SPELLED_HERE = new RegExp(SPELLED.source, 'y')
const ESCAPED: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t' }

/** The character that is meant; none by what nobody sees. */
function meantBy(spelled: string): string {
  if (spelled.startsWith('%')) return String.fromCharCode(Number.parseInt(spelled.slice(1), 16))
  if (!spelled.startsWith('\\')) return ''
  const [, letter = '', code = ''] = /^.(.)(.*)$/s.exec(spelled) ?? []
  return letter === 'u'
    ? String.fromCharCode(Number.parseInt(code, 16))
    : (ESCAPED[letter] ?? letter)
}

function plainOf(character: string): string {
  const code = character.charCodeAt(0)
  if (code >= 0xff00) return String.fromCharCode(code - 0xfee0)
  if (code === 0x2010 || code === 0x2011) return '-'
  const zero = ZEROS.find((each) => code >= each && code <= each + 9)
  return zero === undefined ? ' ' : String(code - zero)
}
