import { digitsOf, isAfter } from './detector.ts'

/** Words before a telephone number. */
const WORDS =
  /(?:tel|phone|mobile|cell|call|fax|whatsapp|handy|mobil|ruf|anruf|téléphone|portable|appele|appelez|teléfono|móvil|llame|llama|telefone|celular|ligue|telefono|cellulare|chiam|bel |nummer|电话|電話|手机|手機|携帯|телефон|тел|звони|هاتف|फ़ोन|फोन)[^\d]{0,24}$/i

const DATE = /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})$/

/** A date beside another number. */
const SLASHED = /\d\/\d{1,2}\/\d{2,4}/

/** Country calling codes of one and two digits (ITU-T E.164); all others have three. */
const ONE = /^[17]/
const TWO = /^(?:20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/
const THREE = /^(?:2[1-9]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[058]\d|9[679]\d)/

/** Whether digits with separators are a telephone number: by how they begin, how they are grouped, or a word before them. */
export function isPhone(value: string, text: string, at: number): boolean {
  if (DATE.test(value) || SLASHED.test(value)) return false
  const digits = digitsOf(value)
  if (/^(\d)\1+$/.test(digits)) return false
  if (value.startsWith('+')) return isInternational(digits)
  // Other numbers begin with zeros, too: one without separators has a whole number's digits.
  if (value.startsWith('00'))
    return (digits.length >= 12 || /[ ()/.-]/.test(value)) && isInternational(digits.slice(2))
  if (digits.length >= 7 && digits.length <= 13 && isAfter(text, at, WORDS, 48)) return true
  return isNational(value, digits)
}

function isInternational(digits: string): boolean {
  if (digits.length < 7 || digits.length > 15) return false
  if (digits.startsWith('1')) return /^1[2-9]\d{2}[2-9]\d{6}$/.test(digits)
  if (digits.startsWith('7')) return digits.length === 11
  // Small islands have four digits behind their code.
  if (digits.length === 7) return THREE.test(digits)
  return ONE.test(digits) || TWO.test(digits) || THREE.test(digits)
}

/** With separators, as people write numbers of their own country. */
function isNational(value: string, digits: string): boolean {
  if (!/[ ()/.-]/.test(value)) return false
  // North America: (555) 234-5678.
  if (/^(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]\d{4}$/.test(value)) return true
  // Spain: 612 345 678, 612 34 56 78; Brazil: (11) 91234-5678.
  if (/^[679]\d{2} (?:\d{3} \d{3}|\d{2} \d{2} \d{2})$/.test(value)) return true
  if (/^\(\d{2}\) ?9?\d{4}-\d{4}$/.test(value)) return true
  // Mobiles of China and India: 138 1234 5678, 98765 43210.
  if (/^1[3-9]\d[ -]\d{4}[ -]\d{4}$/.test(value) || /^[6-9]\d{4} \d{5}$/.test(value)) return true
  // Countries with a 0 before the area: 030 1234567, 01 23 45 67 89, 0171/1234567.
  return /^\(?0[1-9]/.test(value) && digits.length >= 9 && digits.length <= 12
}
