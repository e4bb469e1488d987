import type { Terminal } from '../terminal.ts'

type Parts = { readonly [name: string]: string }

const formats = new Map<string, Intl.DateTimeFormat>()

/** An instant's parts on the terminal's clock, in English. */
function partsOf(iso: string, { clock }: Terminal): Parts {
  const zone = clock === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
      timeZoneName: 'longOffset'
    })
    formats.set(zone, format)
  }
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return {}
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
}

/** The name of the zone whose clock is shown: `UTC`, `Europe/Berlin`. */
export function zoneWord({ clock }: Terminal): string {
  return clock === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** A day: `Sun 29 Nov 2026`. */
export function dayWord(iso: string, terminal: Terminal): string {
  const { weekday, day, month, year } = partsOf(iso, terminal)
  return `${weekday} ${day} ${month} ${year}`
}

/** A time of day: `08:37:10`, or `08:37` where room is scarce. */
export function clockWord(iso: string, terminal: Terminal, isShort = false): string {
  const { hour, minute, second } = partsOf(iso, terminal)
  return `${hour}:${minute}${isShort ? '' : `:${second}`}`
}

/** A time in a table: of today the time, else with its day: `08:37:10`, `29 Nov 08:37`, `29 Nov 2025`. */
export function timeWord(iso: string, terminal: Terminal): string {
  const { day, month, year } = partsOf(iso, terminal)
  const now = partsOf(new Date().toISOString(), terminal)
  if (year !== now.year) return `${day} ${month} ${year}`
  if (day === now.day && month === now.month) return clockWord(iso, terminal)
  return `${day} ${month} ${clockWord(iso, terminal, true)}`
}

/** An instant without its seconds: `29 Nov 08:00`. */
export function momentShort(iso: string, terminal: Terminal): string {
  const { day, month } = partsOf(iso, terminal)
  return `${day} ${month} ${clockWord(iso, terminal, true)}`
}

/** An instant in full, with its zone: `29 Nov 2026 08:37:10.123 Europe/Berlin (GMT+01:00)`. */
export function momentWord(iso: string, terminal: Terminal): string {
  const { day, month, year, fractionalSecond, timeZoneName } = partsOf(iso, terminal)
  const zone = zoneWord(terminal)
  const offset = zone === 'UTC' ? '' : ` (${timeZoneName})`
  const time = `${clockWord(iso, terminal)}.${fractionalSecond}`
  return `${day} ${month} ${year} ${time} ${zone}${offset}`
}
