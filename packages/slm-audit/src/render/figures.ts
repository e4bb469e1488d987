const DASH = '–'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const UNITS = ['', ' k', ' M', ' G']

/** A count in three digits at most, with its unit: `640 k`. */
export function countWord(count: number | undefined): string {
  if (count === undefined) return DASH
  let [value, at] = [count, 0]
  while (value >= 999.5 && at < UNITS.length - 1) {
    value /= 1000
    at++
  }
  const digits = at > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value))
  return digits + UNITS[at]
}

/** A count with its noun: `1 call`, `1,200 calls`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

/** A share in per cent: `2.4%`; a dash of nothing. */
export function percentWord(part: number, of: number, digits = 1): string {
  return of > 0 ? `${((part / of) * 100).toFixed(digits)}%` : DASH
}

/** A duration in three digits at most; a dash for one that is not known. */
export function durationFigure(ms: number | undefined): string {
  if (ms === undefined) return DASH
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 99_500) return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`
  if (ms < 5_940_000) return `${Math.round(ms / 60_000)} min`
  return ms < 2 * DAY_MS ? `${(ms / HOUR_MS).toFixed(1)} h` : `${Math.round(ms / DAY_MS)} days`
}

/** A sum of money, in whatever currency the prices are. */
export function moneyWord(sum: number | undefined): string {
  if (sum === undefined) return DASH
  return sum < 100 ? sum.toFixed(2) : Math.round(sum).toLocaleString('en')
}

/** A size in bytes: `9,120 bytes`, `640 kB`, `12 MB`. */
export function sizeWord(bytes: number): string {
  if (bytes < 10_000) return `${bytes.toLocaleString('en')} bytes`
  return bytes < 10_000_000
    ? `${Math.round(bytes / 1000).toLocaleString('en')} kB`
    : `${Math.round(bytes / 1e6).toLocaleString('en')} MB`
}
