import { findCards } from './card.ts'
import { type Detector, digitsOf, isAfter } from './detector.ts'
import { findIbans, plainIban } from './iban.ts'
import { NATIONAL_IDS } from './national-ids.ts'
import { isPhone } from './phone.ts'

const V6 =
  '(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}|(?:[0-9a-fA-F]{1,4}:){2,7}:'
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'

/** Addresses that are of no machine of anybody's. */
const NOBODYS = /^(?:0\.0\.0\.0|127\.|255\.255\.|::1?$|ff[0-9a-f]{2}:)/i

/** Finds what says who somebody is. */
export const PERSONAL: readonly Detector[] = [
  {
    id: 'email',
    group: 'personal',
    label: 'email',
    keywords: ['@'],
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}])/gu,
    // The account that hosts of code have for everybody.
    accepts: (value) => !value.startsWith('git@'),
    plain: (value) => value.toLowerCase()
  },
  {
    id: 'iban',
    group: 'personal',
    label: 'iban',
    pattern: /(?!)/g,
    find: findIbans,
    plain: plainIban
  },
  ...NATIONAL_IDS,
  {
    id: 'payment-card',
    group: 'personal',
    label: 'card',
    pattern: /(?!)/g,
    find: findCards,
    plain: digitsOf
  },
  {
    id: 'ip-address',
    group: 'personal',
    label: 'ip',
    pattern: new RegExp(
      `(?<![\\w.:])(?:${OCTET}(?:\\.${OCTET}){3}(?![\\w]|\\.\\d)|(?:${V6})(?![\\w:]))`,
      'g'
    ),
    accepts: (value, text, at) =>
      !NOBODYS.test(value) && !isAfter(text, at, /(?:version|release|v|§|section|chapter)\s?$/i)
  },
  {
    id: 'phone',
    group: 'personal',
    label: 'phone',
    pattern:
      /(?<![\w.,+@/#$€£-])(?:\+|00|\()?\d(?:[ \t.()/-]{0,3}\d){5,16}(?![\w@]|[-./:]\d|,\d{3})/g,
    accepts: isPhone,
    named:
      /^(?:.* )?(?:(?:cell |mobile |tele)?phone|tel|mobile|handy|fax|whatsapp|celular|telefono|telefone)(?: (?:number|no|nr))?$/,
    plain: digitsOf
  }
]

/** Finds dates and sums of money, for those who want less of them: no part of the group `personal`. */
export const FIGURES: readonly Detector[] = [
  {
    id: 'date',
    group: 'figures',
    label: 'date',
    pattern:
      /(?<![\w.-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2}))(?![\w-]|[./]\d)/g
  },
  {
    id: 'amount',
    group: 'figures',
    label: 'amount',
    pattern:
      /(?<![\w.,])(?:[$€£¥]\s?\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,2})?|\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,2})?\s?(?:[€£¥$]|EUR|USD|GBP|CHF|JPY|CNY|INR)(?!\w))/g
  }
]
