/** A period of the calendar, read from ISO 8601: `P6M`, `P1Y6M`, `P30D`. */
export interface Period {
  readonly years: number
  readonly months: number
  readonly days: number
}

const FORM = /^P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/

/** Reads a period; `undefined` for what is none. Zero days is one: what has it goes at once. */
export function parsePeriod(text: unknown): Period | undefined {
  const found = typeof text === 'string' ? FORM.exec(text) : null
  if (!found) return undefined
  const [years = 0, months = 0, weeks = 0, days = 0] = found
    .slice(1)
    .map((each) => Number(each ?? 0))
  return { years, months, days: days + 7 * weeks }
}

/**
 * The instant that lies a period before another, both in milliseconds, by the calendar in UTC. A month that
 * lacks the day ends with its last: six months before 31 August is 28 February, or 29.
 */
export function periodBefore(at: number, { years, months, days }: Period): number {
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months - 12 * years)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last) - days)
  return date.getTime()
}

/** Whether one period is shorter than another, counted back from the end of a leap year. */
export function isShorter(one: Period, other: Period): boolean {
  const at = Date.UTC(2400, 11, 31)
  return periodBefore(at, one) > periodBefore(at, other)
}
