import { AuditError } from '@slm-audit/core/journal'

/** How old records are that are compressed, unless given. */
export const COLD_AFTER = '30d'

const AGE = /^(\d{1,5})(h|d|w)$/
const UNITS: { readonly [unit: string]: number } = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Reads an age such as `30d`, `12h` or `4w`, in milliseconds. Throws AuditError `bad_option` for another `coldAfter`. */
export function ageMs(age: unknown, orElse = ''): number {
  const [, count = '', unit = ''] = (typeof age === 'string' && AGE.exec(age)) || []
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (ms >= 0) return ms
  throw new AuditError('bad_option', `coldAfter must be an age such as 30d, 12h or 4w${orElse}`)
}
