// Makes values that detectors look for: made up, with the checksums that real ones have.
import {
  isIban,
  isLuhn,
  isMod11And10,
  isVerhoeff,
  weighted
} from '../../packages/core/src/protect/checksums.ts'
import type { Random } from './random.ts'

/** Makes one value. */
export type MakeValue = (random: Random) => string

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const MIXED = `${LETTERS}${LETTERS.toLowerCase()}0123456789`
const HEX = '0123456789abcdef'

/** Tries digits until a check holds. */
function checked(random: Random, make: () => string, isOne: (value: string) => boolean): string {
  for (let tries = 0; tries < 10_000; tries++) {
    const value = make()
    if (isOne(value)) return value
  }
  throw new Error(`no value was found that holds its check (${random.digits(1)})`)
}

const grouped = (text: string, size: number, by = ' ') =>
  (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(by)

function iban(random: Random): string {
  const [country, make] = random.pick([
    ['DE', () => random.digits(18)],
    ['FR', () => random.digits(23)],
    ['ES', () => random.digits(20)],
    ['GB', () => `${random.text(LETTERS, 4)}${random.digits(14)}`],
    ['NL', () => `${random.text(LETTERS, 4)}${random.digits(10)}`]
  ] as const)
  const value = checked(random, () => `${country}${random.digits(2)}${make()}`, isIban)
  return random.pick([value, grouped(value, 4)])
}

function card(random: Random): string {
  const start = random.pick(['4', '51', '55', '2221', '6011'])
  const value = checked(random, () => start + random.digits(16 - start.length), isLuhn)
  return random.pick([value, grouped(value, 4), grouped(value, 4, '-')])
}

function dni(random: Random): string {
  const number = random.digits(8)
  return `${number}${random.pick(['', '-'])}${'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23]}`
}

function cpf(random: Random): string {
  const nine = random.digits(9)
  const check = (digits: string) => {
    const weights = Array.from(digits, (_, at) => digits.length + 1 - at)
    return ((weighted(digits, weights) * 10) % 11) % 10
  }
  const ten = `${nine}${check(nine)}`
  const all = `${ten}${check(ten)}`
  return `${all.slice(0, 3)}.${all.slice(3, 6)}.${all.slice(6, 9)}-${all.slice(9)}`
}

function nir(random: Random): string {
  const month = String(1 + (Number(random.digits(3)) % 12)).padStart(2, '0')
  const number = `${random.pick(['1', '2'])}${random.digits(2)}${month}${random.digits(8)}`
  const key = String(97 - Number(BigInt(number) % 97n)).padStart(2, '0')
  return random.pick([
    number + key,
    `${number.slice(0, 1)} ${number.slice(1, 3)} ${number.slice(3, 5)} ${number.slice(5, 7)} ${number.slice(7, 10)} ${number.slice(10)} ${key}`
  ])
}

function taxId(random: Random): string {
  const make = () => {
    const nine = [...'0123456789'].sort(() => random.next() - 0.5).slice(0, 9)
    const ten = [...nine, nine[0] ?? ''].join('')
    return `${ten}${random.digits(1)}`
  }
  return checked(random, make, (value) => !value.startsWith('0') && isMod11And10(value))
}

const NAMES = ['ada', 'jörg', 'marie', 'li.wei', 'sofia_m', 'k.o-neil', 'raj+news', 'jean-luc']
const HOSTS = [
  'example.org',
  'mail.example.co.uk',
  'beispiel.de',
  'exemple.fr',
  'ejemplo.es',
  'empresa.com.br'
]

/** How each kind of value is made, by the detector that is to find it. */
export const VALUES: { readonly [detector: string]: MakeValue } = {
  email: (random) =>
    `${random.pick(NAMES)}${random.pick(['', random.digits(2)])}@${random.pick(HOSTS)}`,
  iban,
  'payment-card': card,
  'us-ssn': (random) =>
    `${1 + (Number(random.digits(2)) % 5)}${random.digits(2)}-${10 + (Number(random.digits(3)) % 89)}-${1000 + (Number(random.digits(4)) % 8999)}`,
  'es-dni': dni,
  'br-cpf': cpf,
  'fr-nir': nir,
  'de-tax-id': taxId,
  'in-aadhaar': (random) =>
    grouped(
      checked(
        random,
        () => `${2 + (Number(random.digits(1)) % 8)}${random.digits(11)}`,
        isVerhoeff
      ),
      4
    ),
  'ip-address': (random) =>
    Array.from(
      { length: 4 },
      (_, at) => (at === 0 ? 11 : 1) + (Number(random.digits(3)) % 200)
    ).join('.'),
  'openai-key': (random) => `sk-proj-${random.text(MIXED, 40)}7`,
  'anthropic-key': (random) => `sk-ant-api03-${random.text(MIXED, 40)}`,
  'aws-access-key': (random) => `AKIA${random.text(`${LETTERS}234567`, 16)}`,
  'github-token': (random) => `ghp_${random.text(MIXED, 36)}`,
  'google-key': (random) => `AIza${random.text(MIXED, 35)}`,
  'stripe-key': (random) => `sk_live_${random.text(MIXED, 24)}`,
  'slack-token': (random) => `xoxb-${random.digits(12)}-${random.text(MIXED, 24)}`,
  'shopify-token': (random) => `shpat_${random.text(HEX, 32)}`,
  jwt: (random) =>
    `eyJ${random.text(MIXED, 30)}.eyJ${random.text(MIXED, 60)}.${random.text(MIXED, 43)}`
}

/** Telephone numbers as people write them, by language. */
export const PHONES: { readonly [language: string]: MakeValue } = {
  en: (random) =>
    random.pick([
      `(${random.pick(['415', '212', '646'])}) 555-${random.digits(4)}`,
      `+44 20 7946 0${random.digits(3)}`,
      `415-555-${random.digits(4)}`
    ]),
  de: (random) =>
    random.pick([
      `030 ${random.digits(3)}12${random.digits(3)}`,
      `+49 171 ${random.digits(7)}`,
      `0171/${random.digits(7)}`
    ]),
  fr: (random) =>
    random.pick([
      `06 ${grouped(random.digits(8), 2)}`,
      `+33 6 ${grouped(random.digits(8), 2)}`,
      `01.${grouped(random.digits(8), 2, '.')}`
    ]),
  es: (random) =>
    random.pick([
      `6${random.digits(2)} ${random.digits(3)} ${random.digits(3)}`,
      `+34 6${random.digits(8)}`
    ]),
  pt: (random) =>
    random.pick([
      `(11) 9${random.digits(4)}-${random.digits(4)}`,
      `+55 11 9${random.digits(4)}-${random.digits(4)}`
    ]),
  zh: (random) =>
    random.pick([
      `+86 138 ${random.digits(4)} ${random.digits(4)}`,
      `电话：138${random.digits(8)}`
    ]),
  hi: (random) =>
    random.pick([`+91 98${random.digits(8)}`, `+91-98${random.digits(3)}-${random.digits(5)}`])
}
