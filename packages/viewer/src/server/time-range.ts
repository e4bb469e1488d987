import {
  type CallFilter,
  type FilterTree,
  parseFilter,
  type Reader,
  readTime
} from '@slm-audit/core/reader'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Lengths of a bar that people count in, in milliseconds. */
const STEPS = [
  ...[1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200].map((seconds) => seconds * 1_000),
  ...[1, 2, 7, 14, 30, 90].map((days) => days * DAY_MS)
]

/** From when to when, in milliseconds since 1970. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** The times that a filter asks for; from the first call of the log on, and until now, where it asks for none. */
export async function rangeOf(reader: Reader, filter: string): Promise<TimeRange | undefined> {
  const tree = parseFilter(filter)
  const tests = tree.is === 'all' ? tree.of : [tree]
  const asked = (field: 'since' | 'until') => tests.flatMap((test) => instantOf(test, field))
  const last = await lastOf(reader)
  if (last === undefined) return undefined
  const to = Math.min(...asked('until'), last)
  const since = asked('since')
  const from = since.length > 0 ? Math.max(...since) : ((await firstOf(reader)) ?? to - DAY_MS)
  return { from: Math.min(from, to - 1_000), to }
}

function instantOf(test: FilterTree, field: 'since' | 'until'): number[] {
  return test.is === 'time' && test.field === field
    ? [Date.parse(readTime(test.field, test.value))]
    : []
}

const firsts = new WeakMap<Reader, number>()

/** When the first call was received, to the hour; it is asked for once. */
async function firstOf(reader: Reader): Promise<number | undefined> {
  const known = firsts.get(reader)
  if (known !== undefined) return known
  const day = Math.min(...(await stretchesOf(reader, {}, DAY_MS)))
  if (!Number.isFinite(day)) return undefined
  const until = new Date(day + DAY_MS).toISOString()
  const first = Math.min(...(await stretchesOf(reader, { until }, HOUR_MS)))
  firsts.set(reader, first)
  return first
}

/** The end of the hour in which the last call was received, and now while that hour lasts. Figures tell it: a list would be an access. */
async function lastOf(reader: Reader): Promise<number | undefined> {
  const day = Math.max(...(await stretchesOf(reader, {}, DAY_MS)))
  if (!Number.isFinite(day)) return undefined
  const since = new Date(day).toISOString()
  const hour = Math.max(...(await stretchesOf(reader, { since }, HOUR_MS)))
  const now = Date.now()
  return now > hour && now < hour + HOUR_MS ? now : hour + HOUR_MS
}

/** When stretches of time begin that have a call. */
async function stretchesOf(reader: Reader, filter: CallFilter, everyMs: number): Promise<number[]> {
  const { rows } = await reader.stats({ filter, everyMs })
  return rows.map(({ at }) => Date.parse(at ?? ''))
}

/** The shortest length of a bar by which a range has at most so many whole bars, in milliseconds. */
export function stepFor({ from, to }: TimeRange, most: number): number {
  return STEPS.find((step) => Math.floor((to - from) / step) <= most) ?? (STEPS.at(-1) as number)
}
