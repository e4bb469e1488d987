import { toHex } from '../base/hex.ts'
import { hmac } from '../base/hmac.ts'
import type { Hash } from '../base/sha256.ts'
import type { Detector } from './detector.ts'
import { plainForm } from './plain-form.ts'

/** What becomes of a value that a detector finds. */
export const OPERATORS = ['mask', 'remove', 'hash', 'pseudonym', 'generalise'] as const

/**
 * What becomes of a value that is found. `mask`: each letter and digit becomes `*`, but for the last ones that are
 * kept. `remove`: its kind stands in its place. `hash`: a keyed hash of it. `pseudonym`: a name for it, the same
 * wherever it occurs in one log. `generalise`: less of it, as the year of a date.
 */
export type Operator = (typeof OPERATORS)[number]

/** What operators need. */
export interface OperatorKey {
  readonly hash: Hash
  /** The log's own secret. */
  readonly secret: Uint8Array
}

/** What stands in place of a value. */
export function replace(
  value: string,
  detector: Detector,
  operator: Operator,
  keep: number,
  key: OperatorKey
): string {
  switch (operator) {
    case 'mask':
      return masked(value, keep)
    case 'remove':
      return `⟨${detector.label}⟩`
    case 'hash':
      return `⟨${detector.label}:${digestOf(value, detector, key).slice(0, 32)}⟩`
    case 'pseudonym':
      return `⟨${detector.label}-${digestOf(value, detector, key).slice(0, 8)}⟩`
    case 'generalise':
      return generalised(value, detector)
  }
}

/** At most half of the letters and digits are kept, whatever was asked for. */
function masked(value: string, keep: number): string {
  const characters = [...value]
  const isOpen = (character: string) => /[\p{L}\p{N}]/u.test(character)
  const count = characters.filter(isOpen).length
  let left = count - Math.min(keep, Math.floor(count / 2))
  const all = characters.map((character) => {
    if (!isOpen(character)) return character
    return left-- > 0 ? '*' : character
  })
  return all.join('')
}

function digestOf(
  value: string,
  { id, plain, isOwn }: Detector,
  { hash, secret }: OperatorKey
): string {
  const form = isOwn ? value : plainForm(value).text
  const spelled = plain ? plain(form) : form
  return toHex(hmac(hash, secret, new TextEncoder().encode(`${id}\n${spelled.normalize('NFKC')}`)))
}

function generalised(value: string, { id, label }: Detector): string {
  if (id === 'date') {
    const year = /\d{4}/.exec(value)?.[0]
    return year === undefined ? `⟨${label}⟩` : `⟨${label} ${year}⟩`
  }
  if (id === 'amount') {
    const whole = value.replace(/[.,]\d{1,2}(?!\d)/, '').replace(/\D/g, '')
    return `⟨${label} of ${whole.length} digits⟩`
  }
  if (id === 'ip-address' && value.includes('.')) return value.replace(/\d+$/, '0')
  if (id === 'email')
    return `⟨${label} at ${value.slice(value.lastIndexOf('@') + 1).toLowerCase()}⟩`
  return `⟨${label}⟩`
}
