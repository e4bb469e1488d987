import { AuditError } from '../../base/error.ts'
import { bothOf, filterTree } from '../filter/filter-tree.ts'
import type { FilterTree } from '../filter/tree.ts'
import { readTime } from '../read-time.ts'
import { STATS_DIMENSIONS, type StatsDimension, type StatsRequest } from '../stats/stats.ts'
import { OF_ALL, ROLLUP_MS } from './hour-tallies.ts'

/** Figures that are asked for, once they can be read. */
export interface StatsQuery {
  /** Which calls, of the model calls. */
  readonly filter: FilterTree
  /** What they are told apart by. */
  readonly by: readonly StatsDimension[]
  /** The stretch of time of a row, in milliseconds; one for all where it is absent. */
  readonly everyMs: number | undefined
}

/** Where the index keeps the figures that a query asks for: hours from, and before, of one value or of each. */
export interface RollupQuery {
  /** The dimension; `OF_ALL` for all calls. */
  readonly of: StatsDimension | typeof OF_ALL
  /** Its value; of each, where none is given. */
  readonly value?: string
  /** The first hour since 1970. */
  readonly fromHour: number
  /** The hour behind the last. */
  readonly toHour: number
}

const LEAST_MS = 1_000
/** Hours before and behind all of a Date. */
const LAST_HOUR = 2_400_000_000

/** What a request asks for. Throws AuditError `bad_query` that says what is not one. */
export function statsQuery({ filter = {}, by = [], everyMs }: StatsRequest): StatsQuery {
  for (const dimension of by) {
    if (STATS_DIMENSIONS.includes(dimension)) continue
    throw bad(
      `by: there is no ${dimension}; calls are told apart by ${STATS_DIMENSIONS.join(', ')}`
    )
  }
  if (everyMs !== undefined && !(Number.isInteger(everyMs) && everyMs >= LEAST_MS)) {
    throw bad(`everyMs must be a whole number of milliseconds, ${LEAST_MS} at least`)
  }
  const calls = filterTree({ kind: 'call' })
  return { filter: bothOf(filterTree(filter), calls), by: [...new Set(by)], everyMs }
}

/** Where the index has the figures of a query; `undefined` where its calls must be walked through. */
export function rollupQuery({ filter, by, everyMs }: StatsQuery): RollupQuery | undefined {
  if (by.length > 1 || (everyMs !== undefined && everyMs % ROLLUP_MS !== 0)) return undefined
  let [from, to] = [-LAST_HOUR, LAST_HOUR]
  let only: { readonly of: StatsDimension; readonly value: string } | undefined
  for (const test of filter.is === 'all' ? filter.of : [filter]) {
    if (test.is === 'time') {
      const hour = Date.parse(readTime(test.field, test.value)) / ROLLUP_MS
      if (test.field === 'since') from = Math.max(from, Math.floor(hour))
      else to = Math.min(to, Math.ceil(hour))
      continue
    }
    if (test.is !== 'text') return undefined
    const [value, ...others] = test.values
    if (!value || value.isPattern || others.length > 0) return undefined
    if (test.field === 'kind' && value.value === 'call') continue
    const of = STATS_DIMENSIONS.find((dimension) => dimension === test.field)
    // A model that answered and one that was asked for are both found, but counted once.
    if (of === undefined || of === 'model' || only) return undefined
    only = { of, value: value.value }
  }
  const [dimension] = by
  if (only && dimension !== undefined && dimension !== only.of) return undefined
  const of = only?.of ?? dimension ?? OF_ALL
  return { of, ...(only && { value: only.value }), fromHour: from, toHour: to }
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
