import type { CallSummary, FilterTree, Page, PageRequest } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { searchedTexts } from '../index/call-document.ts'
import { snippetOf, type Term, termsOf } from '../index/words.ts'
import { readableOfCall } from '../store/sealed-rows.ts'
import { type CallRow, cursorAt, limitOf, startOf, toSummary } from './call-query.ts'
import type { Clock } from './clock.ts'
import type { IndexLayers } from './index-layers.ts'

/** What is to be found. */
export interface FindRequest {
  readonly filter: FilterTree
  readonly page: PageRequest
}

/** Finds calls in the layers of the index. Pages say how many records were not looked at. */
export class CallFinder {
  readonly #evidence: Database
  readonly #layers: IndexLayers

  constructor(evidence: Database, layers: IndexLayers) {
    this.#evidence = evidence
    this.#layers = layers
  }

  /**
   * A page of calls, newest first. Throws `OUT_OF_TIME`, also at once where the tail is over its
   * bounds and the clock has an end; AuditError `bad_query`.
   */
  find(request: FindRequest, clock: Clock): Page<CallSummary> {
    const { filter, page } = request
    const terms = termsOf(filter)
    const limit = limitOf(page)
    const start = startOf(page)
    for (;;) {
      const { layers, behind } = this.#layers.open(clock)
      if (behind > 0 && page.complete && clock.isEndless) {
        while (!this.#layers.grow(Number.POSITIVE_INFINITY, true));
        continue
      }
      const found = this.#layers.rows(layers, { filter, below: start, want: limit + 1, clock })
      if (found === undefined || this.#layers.isStale) continue
      const rows = found.slice(0, limit)
      const items = rows.map((row) => toSummary(row, this.#snippet(row, terms, clock)))
      const last = rows.at(-1)
      return {
        items,
        ...(found.length > limit && last && { cursor: cursorAt(last.id) }),
        ...(behind > 0 && { behind })
      }
    }
  }

  #snippet(
    { audit_id: auditId }: CallRow,
    terms: readonly Term[],
    clock: Clock
  ): string | undefined {
    if (terms.length === 0) return undefined
    clock.check()
    const records = readableOfCall(this.#evidence, auditId)
    for (const text of searchedTexts(records as never)) {
      const snippet = snippetOf(text, terms)
      if (snippet !== undefined) return snippet
    }
    return undefined
  }
}
