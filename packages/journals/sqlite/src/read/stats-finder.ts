import type {
  FacetCount,
  FacetsWithin,
  FacetsWithinOptions,
  FilterTree,
  StatsReport,
  StatsRow
} from '@slm-audit/core/reader'
import {
  type CallRow,
  CountsWithin,
  type FacetQuery,
  type RollupQuery,
  rollupQuery,
  type StatsQuery,
  StatsTable,
  toSummary
} from '@slm-audit/core/store'
import { type Clock, Unfinished } from './clock.ts'
import type { RollupRow } from './index-layer.ts'
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

  /** The figures of calls. Throws `Unfinished`, `OUT_OF_TIME`; AuditError `bad_query`. */
  stats(query: StatsQuery, clock: Clock): StatsReport {
    const rollup = rollupQuery(query)
    for (;;) {
      const table = new StatsTable(query)
      const kept = rollup
        ? this.#layers.openApart(clock).flatMap(({ layer }) => layer.rollups(rollup))
        : []
      if (!rollup) this.#walk(query, table, clock)
      if (!this.#layers.isStale) return reported(table, kept, rollup)(clock)
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

  /** What the newest calls of a filter have. Throws `OUT_OF_TIME`; AuditError `bad_query`. */
  within(filter: FilterTree, options: FacetsWithinOptions, clock: Clock): FacetsWithin {
    for (;;) {
      const counts = new CountsWithin(options)
      let hasMore = false
      for (const row of this.#rowsOf(filter, clock)) {
        hasMore = counts.left === 0
        if (hasMore) break
        counts.add(toSummary(row))
      }
      if (!this.#layers.isStale) return counts.report(hasMore)
    }
  }

  #walk({ filter }: StatsQuery, table: StatsTable, clock: Clock): void {
    for (const row of this.#rowsOf(filter, clock)) if (row.stage !== 'received') table.addCall(row)
  }

  /** All rows that a filter means, newest first. Throws `OUT_OF_TIME`. */
  *#rowsOf(filter: FilterTree, clock: Clock): Generator<CallRow, undefined> {
    let layers = this.#layers.openApart(clock)
    let below = Number.MAX_SAFE_INTEGER
    for (;;) {
      clock.check()
      // Of several layers each may have so many, and only the first of all are without a hole.
      const found = this.#layers.rows(layers, { filter, below, want: ROWS, clock })
      if (!found) {
        // The index file turned out to be damaged: the evidence says the rest.
        layers = this.#layers.openApart(clock)
        continue
      }
      const rows = found.slice(0, ROWS)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || found.length < ROWS) return
      below = last.id
    }
  }
}

/** Hours, or rows of the report, between two looks at the clock. */
const CHECKED_EVERY = 64

/**
 * Makes the report of a table and of the hours that are to be added to it, a little at a time: handing thousands of rows
 * over from a thread costs more than making them.
 */
function reported(
  table: StatsTable,
  kept: readonly RollupRow[],
  rollup: RollupQuery | undefined
): (clock: Clock) => StatsReport {
  const made: StatsRow[] = []
  let added = 0
  let rows: Generator<StatsRow> | undefined
  const goOn = (clock: Clock): StatsReport => {
    const checkAfter = (count: number) => {
      if (count % CHECKED_EVERY === 0 && clock.isOver) throw new Unfinished(goOn)
    }
    for (let hour = kept[added]; hour; hour = kept[added]) {
      table.addRollup(hour[0], hour[1], JSON.parse(hour[2]))
      checkAfter(++added)
    }
    rows ??= table.rows()
    for (let row = rows.next(); !row.done; row = rows.next()) {
      checkAfter(made.push(row.value))
    }
    return table.report(rollup, made)
  }
  return goOn
}
