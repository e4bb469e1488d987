import { AuditError, type AuditRecord, isObject } from '@slm-audit/core/exporter'
import { FOREVER } from '../store/schema.ts'

/** How many days records stay, by the name of their class of retention; `default` for those that have none. */
export interface KeepDays {
  readonly [name: string]: number
}

const DAY_MS = 86_400_000
/** A Date of ClickHouse ends in 2149. */
const MOST_DAYS = 36_500

/** Says on which day a record may go. Throws AuditError `bad_option`. */
export function readKeepDays(keepDays: KeepDays = {}): (header: AuditRecord) => string {
  if (!isObject(keepDays as unknown)) {
    throw new AuditError('bad_option', 'keepDays must be an object: { default: 180, payment: 400 }')
  }
  for (const [name, days] of Object.entries(keepDays)) {
    if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) continue
    const message = `keepDays.${name} must be a whole number of days, from 1 to ${MOST_DAYS}`
    throw new AuditError('bad_option', message)
  }
  const days = new Map(Object.entries(keepDays))
  return ({ at, policy }) => {
    const kept = days.get(policy?.retention ?? 'default') ?? days.get('default')
    if (kept === undefined) return FOREVER
    const end = new Date((Date.parse(at) || 0) + kept * DAY_MS)
    return end.toISOString().slice(0, 10)
  }
}
