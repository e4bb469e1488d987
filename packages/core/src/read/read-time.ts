import { AuditError } from '../base/error.ts'

/** Which clock a time without a zone is read by: the machine's, or UTC. */
export type Clock = 'local' | 'utc'

const AGE = /^(\d+(?:\.\d+)?) ?(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)(?: ago)?$/i
const SECONDS: { readonly [unit: string]: number } = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800
}
const DAYS_BACK: { readonly [word: string]: number } = { today: 0, yesterday: 1 }

const CLOCK_TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i
/** Calls are younger than this: what is longer ago is a slip. */
const LONGEST_AGE_SECONDS = 200 * 366 * 86_400
const MINUTE_MS = 60_000

/**
 * Reads a time as people type it: an age (`2h`, `3d`, `90 min`), `now`, `today`, `yesterday`, a
 * time of today (`08:00`), a date, or an ISO 8601 date and time with or without a zone. What has no zone is meant by `clock`; a
 * day is its beginning. Returns the instant in UTC, ISO 8601 in milliseconds. Throws AuditError
 * `bad_query` that names the option for anything else.
 */
export function readTime(option: string, text: string, clock: Clock = 'local'): string {
  // Plain JavaScript may give anything.
  const typed = typeof text === 'string' ? text.trim() : ''
  const at =
    ageOf(typed) ?? dayOf(typed, clock) ?? timeOfToday(typed, clock) ?? instantOf(typed, clock)
  if (at !== undefined) return at.toISOString()
  throw new AuditError(
    'bad_query',
    `${option}: cannot read '${text}' as a time; use 2h, 3d, yesterday, 2026-01-31 or 2026-01-31T08:00Z`
  )
}

function ageOf(text: string): Date | undefined {
  if (/^now$/i.test(text)) return new Date()
  const [, count, unit = ''] = AGE.exec(text) ?? []
  const seconds = Number(count) * (SECONDS[unit.charAt(0).toLowerCase()] ?? Number.NaN)
  if (!(seconds <= LONGEST_AGE_SECONDS)) return undefined
  return new Date(Date.now() - seconds * 1000)
}

/** A named day. */
function dayOf(text: string, clock: Clock): Date | undefined {
  const back = DAYS_BACK[text.toLowerCase()]
  if (back === undefined) return undefined
  const [year, month, day] = today(clock)
  return dateOf([year, month, day - back], clock)
}

/** What a clock shows, on this day. */
function timeOfToday(text: string, clock: Clock): Date | undefined {
  const [, hour, minute, second = '0'] = CLOCK_TIME.exec(text) ?? []
  if (hour === undefined) return undefined
  return timeOn(today(clock), [Number(hour), Number(minute), Number(second), 0], clock)
}

function today(clock: Clock): Day {
  const now = new Date()
  return clock === 'utc'
    ? [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate()]
    : [now.getFullYear(), now.getMonth() + 1, now.getDate()]
}

function instantOf(text: string, clock: Clock): Date | undefined {
  const date = dayParts(text)
  if (date) return dateOf(date, clock)
  const [, day = '', hour, minute, second = '0', fraction = '', zone] = INSTANT.exec(text) ?? []
  const parts = dayParts(day)
  if (!parts) return undefined
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
  const time = [Number(hour), Number(minute), Number(second), ms] as const
  if (zone === undefined) return timeOn(parts, time, clock)
  const ahead = minutesAhead(zone)
  const at = ahead === undefined ? undefined : timeOn(parts, time, 'utc')
  return at && ahead !== undefined ? new Date(at.getTime() - ahead * MINUTE_MS) : undefined
}

type Day = readonly [year: number, month: number, day: number]
type Time = readonly [hour: number, minute: number, second: number, ms: number]

/** The parts of a date that the calendar has: no 30 February. */
function dayParts(text: string): Day | undefined {
  const [, ...parts] = DATE.exec(text) ?? []
  if (parts.length === 0) return undefined
  const [year = 0, month = 0, day = 0] = parts.map(Number)
  const at = new Date(Date.UTC(year, month - 1, day))
  const isThere = at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  return isThere && year >= 1970 ? [year, month, day] : undefined
}

function dateOf(day: Day, clock: Clock): Date {
  return at(day, [0, 0, 0, 0], clock)
}

function timeOn(day: Day, time: Time, clock: Clock): Date | undefined {
  const [hour, minute, second] = time
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return at(day, time, clock)
}

function at([year, month, day]: Day, [hour, minute, second, ms]: Time, clock: Clock): Date {
  return clock === 'utc'
    ? new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms))
    : new Date(year, month - 1, day, hour, minute, second, ms)
}

/** Minutes that a zone's clock is ahead of UTC; undefined for one that is nowhere in use. */
function minutesAhead(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (hours > 14 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
