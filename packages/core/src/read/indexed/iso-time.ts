const DAY_MS = 86_400_000
/** `hh:mm:ss.sssZ`, of the time of an instant in ISO 8601. */
const TIME_LENGTH = 13
const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

let day = Number.NaN
let date = ''

/**
 * An instant in milliseconds since 1970 as ISO 8601 in UTC, the same as `Date.toISOString`. A page is full of times, and
 * that takes a fifth of it; most times of a page are of one day, whose date is kept. Throws RangeError for what is no time.
 */
export function isoTime(ms: number): string {
  const at = Math.trunc(ms)
  const itsDay = Math.floor(at / DAY_MS)
  if (itsDay !== day) {
    date = new Date(itsDay * DAY_MS).toISOString().slice(0, -TIME_LENGTH)
    day = itsDay
  }
  const inDay = at - itsDay * DAY_MS
  const seconds = Math.floor(inDay / 1_000)
  const minutes = Math.floor(seconds / 60)
  const rest = inDay % 1_000
  const thousandths = rest < 100 ? `0${TWO_DIGITS[rest]}` : rest
  return `${date}${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}.${thousandths}Z`
}
