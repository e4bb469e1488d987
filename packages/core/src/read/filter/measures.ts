import type { NumberUnit } from './fields.ts'

const MS: readonly (readonly [unit: string, ms: number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1]
]
const TIMES: { readonly [suffix: string]: number } = { '': 1, k: 1e3, m: 1e6 }
const MEASURE = /^(\d{1,15}(?:\.\d{1,9})?|\.\d{1,9})\s?([a-z%]*)$/i

/** What a measure of a unit looks like, for error texts. */
export const MEASURES: { readonly [unit in NumberUnit]: string } = {
  ms: 'a duration: 300ms, 2s, 1.5m or 1h',
  count: 'a number: 1000, 4k or 2M',
  share: 'a share: 0.7 or 70%'
}

/** Reads a measure: `2s` in milliseconds, `4k`, `70%`; `undefined` for what is none. */
export function readMeasure(text: string, unit: NumberUnit): number | undefined {
  const [, digits, suffix = ''] = MEASURE.exec(text) ?? []
  if (digits === undefined) return undefined
  const factor = factorOf(suffix.toLowerCase(), unit)
  if (factor === undefined) return undefined
  const value = rounded(Number(digits) * factor)
  return unit === 'share' && value > 1 ? undefined : value
}

/** A number as the language writes it, so that it is read as the same number. */
export function measureText(value: number, unit: NumberUnit): string {
  if (unit !== 'ms') return String(value)
  for (const [name, ms] of MS) {
    const count = String(value / ms)
    if (/^\d+(\.\d)?$/.test(count) && readMeasure(count + name, unit) === value) return count + name
  }
  return `${value}ms`
}

function factorOf(suffix: string, unit: NumberUnit): number | undefined {
  if (unit === 'ms') {
    const name = suffix === 'min' ? 'm' : suffix === 'sec' ? 's' : suffix
    return MS.find(([each]) => each === name)?.[1]
  }
  if (unit === 'share') return suffix === '' ? 1 : suffix === '%' ? 0.01 : undefined
  return TIMES[suffix]
}

/** Without what binary fractions add: 0.07 * 100. */
function rounded(value: number): number {
  return Number(value.toPrecision(15))
}
