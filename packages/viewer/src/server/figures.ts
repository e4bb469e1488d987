import { AuditError } from '@slm-audit/core/journal'
import type { Reader, StatsDimension, StatsRow, TextField } from '@slm-audit/core/reader'
import { rangeOf, stepFor } from './time-range.ts'

/** Bars of a histogram at most. */
const MOST_BARS = 120
/** Steps of a chart at most. */
const MOST_STEPS = 240
/** Values of a facet that are told. */
const MOST_VALUES = 12

/** How many calls there were over time. */
export interface Histogram {
  /** When it begins and ends, in milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Length of a bar in milliseconds. */
  readonly everyMs: number
  /** Model calls of all bars that have ended. */
  readonly calls: number
  /** Bars with a call, in the order of time. */
  readonly bars: readonly { readonly at: number; readonly calls: number; readonly errors: number }[]
}

/** The calls of a filter over time; `undefined` for a log without a call. Rejects with the reason of a signal that aborts. */
export async function histogramOf(
  reader: Reader,
  filter: string,
  signal: AbortSignal
): Promise<Histogram | undefined> {
  const range = await rangeOf(reader, filter)
  if (!range) return undefined
  const everyMs = stepFor(range, MOST_BARS)
  const { rows } = await reader.stats({ filter, everyMs, signal })
  const bars = rows.map(({ at, calls, errors }) => ({ at: Date.parse(at ?? ''), calls, errors }))
  const calls = bars.reduce((sum, bar) => sum + bar.calls, 0)
  return { ...range, everyMs, calls, bars }
}

/** Figures over time, for charts. */
export interface Series {
  readonly from: number
  readonly to: number
  /** Length of a step in milliseconds. */
  readonly everyMs: number
  /** Steps with a call. */
  readonly rows: readonly StatsRow[]
  /** When each version of the application was first seen, in milliseconds since 1970. */
  readonly versions: readonly { readonly version: string; readonly at: number }[]
}

/** The figures of the calls of a filter over time; as `histogramOf`. */
export async function seriesOf(
  reader: Reader,
  filter: string,
  signal: AbortSignal
): Promise<Series | undefined> {
  const range = await rangeOf(reader, filter)
  if (!range) return undefined
  const everyMs = stepFor(range, MOST_STEPS)
  const { rows } = await reader.stats({ filter, everyMs, signal })
  return { ...range, everyMs, rows, versions: await versionsOf(reader) }
}

const HOUR_MS = 3_600_000

async function versionsOf(reader: Reader): Promise<{ version: string; at: number }[]> {
  const { rows } = await reader.stats({ by: ['version'], everyMs: HOUR_MS })
  const firsts = new Map<string, number>()
  for (const { by, at } of rows) {
    const time = Date.parse(at ?? '')
    if (by.version !== undefined && !(time >= (firsts.get(by.version) ?? Number.POSITIVE_INFINITY)))
      firsts.set(by.version, time)
  }
  return [...firsts]
    .map(([version, at]) => ({ version, at }))
    .sort((one, other) => one.at - other.at)
}

/** Figures of each value of a dimension, over all times that a filter asks for. */
export async function figuresBy(
  reader: Reader,
  filter: string,
  by: StatsDimension,
  signal: AbortSignal
): Promise<readonly StatsRow[]> {
  return (await reader.stats({ filter, by: [by], signal })).rows
}

/** Values with counts over the whole log, by field. A field whose values are not listed has none. */
export async function facetsOf(
  reader: Reader,
  fields: readonly string[]
): Promise<{ readonly [field: string]: readonly { value: string; calls: number }[] }> {
  const found = await Promise.all(
    fields.map(async (field) => {
      const options = { limit: MOST_VALUES }
      const counts = await reader.facets(field as TextField, options).catch((error: unknown) => {
        if (AuditError.is(error) && error.code === 'bad_query') return []
        throw error
      })
      return [field, counts] as const
    })
  )
  return Object.fromEntries(found)
}
