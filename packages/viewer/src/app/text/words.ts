/** A duration: three digits at most, and a unit. */
export function durationWord(ms: number | undefined): string {
  if (ms === undefined) return '–'
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`
  return `${(ms / 3_600_000).toFixed(1)} h`
}

/** A count, with groups. */
export function countWord(count: number): string {
  return count.toLocaleString('en')
}

/** A count and its noun. */
export function counted(count: number, noun: string): string {
  return `${countWord(count)} ${noun}${count === 1 ? '' : 's'}`
}

// Formatters are made once: each row of a list has three of these words, and a list that is scrolled draws many rows.
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const SHORT_DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric'
})

/** A time of day by the clock here, with seconds. */
export function timeWord(at: string): string {
  return TIME.format(new Date(at))
}

/** A day by the calendar here. */
export function dayWord(at: string): string {
  return DAY.format(new Date(at))
}

/** A day, as short as a column is. */
export function shortDayWord(at: string): string {
  return SHORT_DAY.format(new Date(at))
}

/** A moment, to the millisecond. */
export function momentWord(at: string): string {
  const date = new Date(at)
  return `${dayWord(at)} ${timeWord(at)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** A share as a percentage. */
export function percentWord(share: number): string {
  return `${Math.round(share * 100)}%`
}

/** A digest, its beginning and its end. */
export function shortDigest(text: string): string {
  return text.length > 20 ? `${text.slice(0, 8)}…${text.slice(-4)}` : text
}

/** Two moments, as short as they can be told. */
export function rangeWord(from: number, to: number): string {
  const [one, other] = [new Date(from), new Date(to)]
  const day = (date: Date) =>
    date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
  const time = (date: Date) =>
    date.toLocaleTimeString(
      'en-GB',
      to - from < 600_000 ? {} : { hour: '2-digit', minute: '2-digit' }
    )
  if (day(one) === day(other)) return `${day(one)}, ${time(one)} – ${time(other)}`
  return to - from > 4 * 86_400_000
    ? `${day(one)} – ${day(other)}`
    : `${day(one)} ${time(one)} – ${day(other)} ${time(other)}`
}
