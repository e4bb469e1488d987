import { matchesFilter } from '../filter/matches-filter.ts'
import { annotationFacets } from '../indexed/call-document.ts'
import type { FacetQuery } from '../indexed/listed-facets.ts'
import type { StatsQuery } from '../indexed/stats-query.ts'
import { StatsTable } from '../indexed/stats-table.ts'
import type { FacetCount, StatsReport } from '../stats/stats.ts'
import type { WalkedCalls } from './walked-calls.ts'

/** The figures of the calls that have ended. */
export function countWalked(calls: WalkedCalls, query: StatsQuery): StatsReport {
  const table = new StatsTable(query)
  for (const call of calls.all()) {
    if (call.row.stage !== 'received' && matchesFilter(query.filter, call)) table.addCall(call.row)
  }
  return table.report(undefined)
}

/** The most frequent values of a facet among the calls that have ended. */
export function facetsOfWalked(
  calls: WalkedCalls,
  { facet, beginning, limit }: FacetQuery
): FacetCount[] {
  const counts = new Map<string, number>()
  for (const { row, facets, annotations } of calls.all()) {
    // What an annotation says is counted with its call, also with one that has not ended.
    const own = facets.filter(([of]) =>
      of.startsWith('annotation') ? row.stage !== 'event' : row.stage !== 'received'
    )
    const values = [...own, ...annotationFacets(annotations)].flatMap(([of, value]) =>
      of === facet && value.startsWith(beginning) ? [value] : []
    )
    for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((one, other) => other.calls - one.calls || (one.value < other.value ? -1 : 1))
    .slice(0, limit)
}
