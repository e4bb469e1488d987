import { isDay, isLuhn, isMod11And10, isVerhoeff, remainder, weighted } from './checksums.ts'
import { type Detector, digitsOf, isAfter } from './detector.ts'

/** A number of a country: its form, and what its digits must satisfy. */
interface NationalId {
  readonly country: string
  readonly form: string
  readonly isOne: (value: string) => boolean
  /** Words of which one must stand before it, as other numbers look alike. */
  readonly words?: RegExp
}

const LETTERS_OF_DNI = 'TRWAGMYFPDXBNJZSQVHLCKE'
const LETTERS_OF_HETU = '0123456789ABCDEFHJKLMNPRSTUVWXY'
const ODD: { readonly [character: string]: number } = Object.fromEntries(
  [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((character) => {
    const order = [
      1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23
    ]
    const at = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65
    return [character, order[at] ?? 0]
  })
)

function isFiscalCode(value: string): boolean {
  const code = value.toUpperCase()
  let sum = 0
  for (let at = 0; at < 15; at++) {
    const character = code[at] ?? ''
    const even = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65
    sum += at % 2 === 0 ? (ODD[character] ?? 0) : even
  }
  return String.fromCharCode(65 + (sum % 26)) === code[15]
}

function isCpf(value: string): boolean {
  const digits = digitsOf(value)
  if (/^(\d)\1*$/.test(digits)) return false
  const check = (length: number) => {
    const weights = Array.from({ length }, (_, at) => length + 1 - at)
    return ((weighted(digits, weights) * 10) % 11) % 10
  }
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10])
}

function isNir(value: string): boolean {
  const plain = value.replace(/[\s.]/g, '').toUpperCase()
  const number = plain.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return 97 - remainder(number, 97) === Number(plain.slice(13))
}

function isTaxId(digits: string): boolean {
  const counts = Object.values(Object.groupBy(digits.slice(0, 10), (digit) => digit))
  const repeated = counts.filter((all = []) => all.length > 1)
  return repeated.length === 1 && isMod11And10(digits)
}

function isPesel(digits: string): boolean {
  const month = String(Number(digits.slice(2, 4)) % 20).padStart(2, '0')
  const sum = weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3])
  return (
    isDay(digits.slice(0, 2), month, digits.slice(4, 6)) &&
    (10 - (sum % 10)) % 10 === Number(digits[10])
  )
}

function isDni(value: string): boolean {
  const plain = value.replace(/[-.\s]/g, '').toUpperCase()
  const number = plain.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2')
  return LETTERS_OF_DNI[Number(number) % 23] === plain.at(-1)
}

function isChineseId(value: string): boolean {
  const sum = weighted(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
  const isBorn = isDay(value.slice(6, 10), value.slice(10, 12), value.slice(12, 14))
  return isBorn && '10X98765432'[sum % 11] === value[17]?.toUpperCase()
}

function isBelgian(value: string): boolean {
  const digits = digitsOf(value)
  const check = Number(digits.slice(9))
  const isOne = (number: string) => 97 - remainder(number, 97) === check
  return isOne(digits.slice(0, 9)) || isOne(`2${digits.slice(0, 9)}`)
}

const luhn = (value: string) => isLuhn(digitsOf(value))

/** Each with the rule that its authority publishes. */
const IDS: readonly NationalId[] = [
  { country: 'us-ssn', form: '(?!000|666|9)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}', isOne: () => true },
  {
    country: 'gb-nino',
    form: '(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]',
    isOne: () => true
  },
  {
    country: 'es-dni',
    form: '(?:\\d{8}|\\d{2}\\.\\d{3}\\.\\d{3}|[XYZ]-?\\d{7})-?[A-Z]',
    isOne: isDni
  },
  {
    country: 'fr-nir',
    form: '[12][ .]?\\d{2}[ .]?\\d{2}[ .]?(?:\\d{2}|2[AB])[ .]?\\d{3}[ .]?\\d{3}[ .]?\\d{2}',
    isOne: isNir
  },
  {
    country: 'it-fiscal-code',
    form: '[A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]',
    isOne: isFiscalCode
  },
  {
    country: 'de-tax-id',
    form: '[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}',
    isOne: (value) => isTaxId(digitsOf(value)),
    words: /(?:steuer|idnr|tin\b|tax)/i
  },
  {
    country: 'nl-bsn',
    form: '\\d{9}',
    isOne: (v) => weighted(v, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    words: /(?:bsn|burgerservice|sofi)/i
  },
  { country: 'pl-pesel', form: '\\d{11}', isOne: isPesel, words: /pesel/i },
  { country: 'br-cpf', form: '\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}', isOne: isCpf },
  { country: 'br-cpf-plain', form: '\\d{11}', isOne: isCpf, words: /cpf/i },
  {
    country: 'pt-nif',
    form: '[1-35-9]\\d{2} ?\\d{3} ?\\d{3}',
    isOne: (v) => weighted(digitsOf(v), [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 <= 1,
    words: /(?:nif|contribuinte)/i
  },
  {
    country: 'se-personal-number',
    form: '(?:19|20)?\\d{6}[-+]\\d{4}',
    isOne: (v) =>
      luhn(v.replace(/^\d{2}(?=\d{6}[-+])/, '')) && isDay('1', v.slice(-9, -7), v.slice(-7, -5))
  },
  {
    country: 'fi-hetu',
    form: '\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]',
    isOne: (v) => LETTERS_OF_HETU[Number(v.slice(0, 6) + v.slice(7, 10)) % 31] === v[10]
  },
  {
    country: 'be-national-number',
    form: '\\d{2}\\.\\d{2}\\.\\d{2}-\\d{3}\\.\\d{2}',
    isOne: isBelgian
  },
  {
    country: 'ch-ahv',
    form: '756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}',
    isOne: (v) => weighted(digitsOf(v), [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0
  },
  {
    country: 'in-aadhaar',
    form: '(?<!\\d )[2-9]\\d{3} \\d{4} \\d{4}(?! \\d)',
    isOne: (v) => isVerhoeff(digitsOf(v))
  },
  {
    country: 'ca-sin',
    form: '[1-79]\\d{2}[- ]\\d{3}[- ]\\d{3}',
    isOne: luhn,
    words: /(?:\bsin\b|\bnas\b|social insurance|assurance sociale)/i
  },
  { country: 'cn-id', form: '[1-9]\\d{5}(?:19|20)\\d{9}[\\dX]', isOne: isChineseId },
  {
    country: 'kr-rrn',
    form: '\\d{6}-[1-4]\\d{6}',
    isOne: (v) => isDay('1', v.slice(2, 4), v.slice(4, 6))
  }
]

/** Finds the numbers by which countries know their people, by their checksums. */
export const NATIONAL_IDS: readonly Detector[] = IDS.map(({ country, form, isOne, words }) => ({
  id: country,
  group: 'personal',
  label: 'id',
  pattern: new RegExp(`(?<![\\w.+-])${form}(?![\\w-]|\\.\\d)`, 'g'),
  accepts: (value, text, at) => isOne(value) && (words === undefined || isAfter(text, at, words)),
  ...(words && { named: words }),
  plain: (value) => value.replace(/[^0-9A-Za-z]/g, '').toUpperCase()
}))
