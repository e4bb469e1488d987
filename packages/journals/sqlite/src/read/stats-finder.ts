import type { FacetCount, StatsReport } from '@slm-audit/core/reader'
import { type FacetQuery, rollupQuery, type StatsQuery, StatsTable } from '@slm-audit/core/store'
import type { Clock } from './clock.ts'
import type { IndexLayers } from './index-layers.ts'

/** Rows of one look, where calls are walked through. */
const ROWS = 2_000
/** Values that are counted together, where several layers have some: the first of one may be few in another. */
const MOST_VALUES = 20_000

/** Counts calls in the layers of the index. */
export class StatsFinder {
  readonly #layers: IndexLayers

  constructor(layers: IndexLayers) {
    this.#layers = layers
  }

  /** The figures of calls. Throws `OUT_OF_TIME`; AuditError `bad_query`. */
  stats(query: StatsQuery, clock: Clock): StatsReport {
    const rollup = rollupQuery(query)
    for (;;) {
      const table = new StatsTable(query)
      if (rollup) {
        for (const { layer } of this.#layers.openApart(clock))
          layer.addRollups(rollup, table, clock)
      } else this.#walk(query, table, clock)
      if (!this.#layers.isStale) return table.report(rollup)
    }
  }

  /** The most frequent values of a facet. Throws `OUT_OF_TIME`. */
  facets({ facet, beginning, limit }: FacetQuery, clock: Clock): FacetCount[] {
    const counts = new Map<string, number>()
    const layers = this.#layers.openApart(clock)
    const most = layers.length > 1 ? MOST_VALUES : limit
    for (const { layer } of layers) {
      for (const [value, calls] of layer.facetCounts(facet, beginning, most)) {
        counts.set(value, (counts.get(value) ?? 0) + calls)
      }
    }
    return [...counts]
      .map(([value, calls]) => ({ value, calls }))
      .sort((one, other) => other.calls - one.calls || (one.value < other.value ? -1 : 1))
      .slice(0, limit)
  }

  #walk({ filter }: StatsQuery, table: StatsTable, clock: Clock): void {
    const layers = this.#layers.openApart(clock)
    let below = Number.MAX_SAFE_INTEGER
    for (;;) {
      // Of several layers each may have so many, and only the first of all are without a hole.
      const found = this.#layers.rows(layers, { filter, below, want: ROWS, clock }) ?? []
      const rows = found.slice(0, ROWS)
      for (const row of rows) if (row.stage !== 'received') table.addCall(row)
      const last = rows.at(-1)
      if (last === undefined || found.length < ROWS) return
      below = last.id
    }
  }
}
