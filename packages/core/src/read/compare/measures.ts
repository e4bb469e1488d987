import type { Measure, MeasureUnit } from './comparison.ts'
import { bootstrapInterval, meanOf, pairedInterval, quantileOf } from './intervals.ts'
import type { SideCall } from './read-side.ts'

/** Two calls that were asked the same. */
export type Pair = readonly [first: SideCall, second: SideCall]

/** Tools that are measured at most: the most frequent ones. */
const MOST_TOOLS = 5

/** What pairs are measured by; a measure that fewer than two pairs have is left out. */
export function measuresOf(pairs: readonly Pair[]): Measure[] {
  const number = (
    name: string,
    unit: MeasureUnit,
    read: (call: SideCall) => number | undefined,
    of: (numbers: Float64Array) => number
  ): Measure[] => {
    const known = pairs.flatMap(([one, two]) => {
      const [first, second] = [read(one), read(two)]
      return first === undefined || second === undefined ? [] : [[first, second] as const]
    })
    if (known.length < 2) return []
    const [first, second] = [known.map(([one]) => one), known.map(([, two]) => two)]
    const difference = bootstrapInterval(first, second, (one, two) => of(two) - of(one))
    return [
      {
        ...{ name, unit, difference },
        first: of(Float64Array.from(first)),
        second: of(Float64Array.from(second)),
        isDifferent: difference.low > 0 || difference.high < 0
      }
    ]
  }
  const share = (name: string, has: (call: SideCall) => boolean): Measure[] => {
    const counts = { both: 0, first: 0, second: 0, neither: 0 }
    for (const [one, two] of pairs) {
      if (has(one)) counts[has(two) ? 'both' : 'first']++
      else counts[has(two) ? 'second' : 'neither']++
    }
    if (pairs.length < 2 || counts.neither === pairs.length) return []
    const difference = pairedInterval(counts)
    return [
      {
        ...{ name, unit: 'share', difference },
        first: (counts.both + counts.first) / pairs.length,
        second: (counts.both + counts.second) / pairs.length,
        isDifferent: difference.low > 0 || difference.high < 0
      }
    ]
  }
  const p = (quantile: number) => (numbers: Float64Array) => quantileOf(numbers, quantile)
  return [
    ...number('latency p50', 'ms', ({ durationMs }) => durationMs, p(0.5)),
    ...number('latency p95', 'ms', ({ durationMs }) => durationMs, p(0.95)),
    ...number('first chunk', 'ms', ({ firstChunkMs }) => firstChunkMs, p(0.5)),
    ...number('tokens out', 'count', ({ outputTokens }) => outputTokens, meanOf),
    ...number('confidence', 'share', ({ confidence }) => confidence, meanOf),
    ...share('errors', ({ isError }) => isError),
    ...share('filtered', ({ isFiltered }) => isFiltered),
    ...share('cut short', ({ isCut }) => isCut),
    ...toolNames(pairs).flatMap((tool) =>
      share(`tool ${tool}`, ({ tools }) => tools.includes(tool))
    )
  ]
}

function toolNames(pairs: readonly Pair[]): string[] {
  const counts = new Map<string, number>()
  for (const { tools } of pairs.flat()) {
    for (const tool of tools) counts.set(tool, (counts.get(tool) ?? 0) + 1)
  }
  const names = [...counts].sort(([, one], [, other]) => other - one).map(([name]) => name)
  return names.slice(0, MOST_TOOLS)
}
