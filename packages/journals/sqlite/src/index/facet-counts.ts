import { type FacetValue, isListed, type ListedFacet } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'

const ADD = `INSERT INTO facets VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET calls = calls + excluded.calls`

/** A value that no call has any more is not listed. */
const DROP = 'DELETE FROM facets WHERE name = ? AND value = ? AND calls <= 0'

/**
 * Which values the calls of an index have in its facets, and how many calls that have ended have each.
 * Gathered in memory while a step is made, and written at its end.
 */
export class FacetCounts {
  readonly #add: Statement
  readonly #drop: Statement
  readonly #counts = new Map<ListedFacet, Map<string, number>>()

  constructor(index: Database) {
    this.#add = index.prepare(ADD)
    this.#drop = index.prepare(DROP)
  }

  /** `count` is 1 for a call that has ended and was not counted before, -1 for one that is taken out, else 0. */
  add(values: readonly FacetValue[], count: -1 | 0 | 1): void {
    for (const [facet, value] of values) {
      if (!isListed(facet)) continue
      const counts = this.#counts.get(facet) ?? new Map<string, number>()
      counts.set(value, (counts.get(value) ?? 0) + count)
      this.#counts.set(facet, counts)
    }
  }

  /** Writes what was gathered, in the transaction of the step. */
  flush(): void {
    for (const [facet, counts] of this.#counts) {
      for (const [value, calls] of counts) {
        this.#add.run(facet, value, calls)
        if (calls < 0) this.#drop.run(facet, value)
      }
    }
    this.clear()
  }

  /** Forgets what was gathered, as the step is not kept. */
  clear(): void {
    this.#counts.clear()
  }
}
