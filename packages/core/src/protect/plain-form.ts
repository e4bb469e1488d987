/** A text in the characters that detectors know, and where each of them stood. */
export interface PlainForm {
  readonly text: string
  /** The place in the original of a UTF-16 code unit of the text, or of its end. */
  readonly placeOf: (at: number) => number
}

/** Spaces, hyphens, full-width letters, and digits of scripts in which people write numbers: each one UTF-16 code unit. */
const ODD =
  /[\u00a0\u2007\u2009\u2010\u2011\u202f\uff0b\uff0d\uff0e\uff10-\uff19\uff20-\uff3a\uff3f\uff41-\uff5a\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g

/** What nobody sees, and copying brings along: soft hyphens, joiners, marks of direction. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/

/** Zero of each run of digits. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6]

/** A text as detectors look through it: `４１１１` is `4111`, and a zero-width space in a key is not there. */
export function plainForm(text: string): PlainForm {
  const plain = text.replace(ODD, plainOf)
  if (!UNSEEN.test(plain)) return { text: plain, placeOf: (at) => at }
  const places: number[] = []
  let seen = ''
  for (let at = 0; at < plain.length; at++) {
    const unit = plain[at] ?? ''
    if (UNSEEN.test(unit)) continue
    places.push(at)
    seen += unit
  }
  return { text: seen, placeOf: (at) => places[at] ?? plain.length }
}

function plainOf(character: string): string {
  const code = character.charCodeAt(0)
  if (code >= 0xff00) return String.fromCharCode(code - 0xfee0)
  if (code === 0x2010 || code === 0x2011) return '-'
  const zero = ZEROS.find((each) => code >= each && code <= each + 9)
  return zero === undefined ? ' ' : String(code - zero)
}
