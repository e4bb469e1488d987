import { isLuhn } from './checksums.ts'
import { digitsOf } from './detector.ts'

/** Lengths of payment cards by how they begin (ISO/IEC 7812 issuers). */
const CARD =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35\d{14}|62\d{14,17}|(?:5[06-9]|6\d)\d{11,17})$/

/** Digits of cards, with separators, and of what follows a card: its expiry, a sum. */
const CANDIDATE = /(?<![\w.+-])\d(?:[ .-]?\d){11,18}(?![\w-]|\.\d)/g

/** Groups of digits on cards; numbers of orders and versions are in others. */
const GROUPED = /^\d{4}([ .-])(?:\d{4}\1\d{4}\1(?:\d{1,7}|\d{4}\1\d{1,3})|\d{6}\1\d{4,5})$/

/** Where numbers of payment cards stand in a text: the longest that each row of digits begins with. */
export function* findCards(text: string): Generator<readonly [start: number, end: number]> {
  for (const { 0: digits, index } of text.matchAll(CANDIDATE)) {
    for (let end = digits.length; end > 0; end = digits.lastIndexOf(' ', end - 1)) {
      if (!isCard(digits.slice(0, end), end === digits.length)) continue
      yield [index, index + end]
      break
    }
  }
}

/** @param isAlone Whether nothing stands behind it: what else begins with digits of a card is in the groups of one. */
function isCard(value: string, isAlone: boolean): boolean {
  const digits = digitsOf(value)
  const isPlain = !/[.-]/.test(value) && (isAlone || !value.includes(' '))
  if (!isPlain && !GROUPED.test(value)) return false
  return CARD.test(digits) && isLuhn(digits) && !/^(\d)\1+$/.test(digits)
}
