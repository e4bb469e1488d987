import { unlessAborted } from '../base/promises.ts'
import type { VerifyOptions, VerifyReport } from '../verify/report.ts'
import type { CallSummary, Page, PageRequest } from './call-summary.ts'
import { compareCalls } from './compare/compare-calls.ts'
import type { CompareRequest, Comparison } from './compare/comparison.ts'
import type { TextField } from './filter/fields.ts'
import { bothOf, type Filter, filterTree } from './filter/filter-tree.ts'
import type { FilterTree } from './filter/tree.ts'
import { CountsWithin } from './indexed/counts-within.ts'
import { facetQuery } from './indexed/facet-query.ts'
import type { FacetQuery } from './indexed/listed-facets.ts'
import { type StatsQuery, statsQuery } from './indexed/stats-query.ts'
import { wordsOf } from './indexed/words.ts'
import type { AuditedCall, ExporterStatus, FacetOptions, ProvedRecord, Reader } from './reader.ts'
import { readSession, readSessions } from './session/read-session.ts'
import type { Session, SessionSummary } from './session/session.ts'
import type { FacetsWithin, FacetsWithinOptions } from './stats/facets-within.ts'
import type { FacetCount, StatsReport, StatsRequest } from './stats/stats.ts'

/** Calls of a page where all are counted. */
const LARGE_PAGE = 1_000

/**
 * A reader of a store, for whoever writes one: it understands what is asked, and the store answers three questions about
 * calls. Reads that are made of others are the same for all stores.
 */
export abstract class StoreReader implements Reader {
  abstract get(auditId: string): Promise<AuditedCall | undefined>
  abstract verify(options?: VerifyOptions): Promise<VerifyReport>
  abstract prove(auditId: string): Promise<ProvedRecord[]>
  abstract keys(): Promise<string[]>
  abstract exporters(): Promise<ExporterStatus[]>
  abstract size(): Promise<number>
  abstract checkpoint(): Promise<string | undefined>
  abstract [Symbol.asyncDispose](): PromiseLike<void>

  /**
   * A page of the calls that a filter means. Rejects with AuditError `bad_query` for a page that cannot be. Nobody waits any
   * more once the page's signal has aborted: a store that can ends its work then.
   */
  protected abstract findCalls(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>>
  /** The figures of calls; nobody waits for them once a signal has aborted. */
  protected abstract countCalls(query: StatsQuery, signal?: AbortSignal): Promise<StatsReport>
  /** The most frequent values of a facet. */
  protected abstract countFacet(query: FacetQuery): Promise<readonly FacetCount[]>

  async query(filter: Filter = {}, page: PageRequest = {}): Promise<Page<CallSummary>> {
    return await this.#page(filterTree(filter), page)
  }

  async search(
    text: string,
    filter: Filter = {},
    page: PageRequest = {}
  ): Promise<Page<CallSummary>> {
    return await this.#page(bothOf({ is: 'all', of: wordsOf(text) }, filterTree(filter)), page)
  }

  session(session: string): Promise<Session | undefined> {
    return readSession(this, session)
  }

  sessions(filter: Filter = {}, page: PageRequest = {}): Promise<Page<SessionSummary>> {
    return readSessions(this, filter, page)
  }

  compare(request: CompareRequest): Promise<Comparison> {
    return compareCalls(this, request)
  }

  async stats(request: StatsRequest = {}): Promise<StatsReport> {
    const { signal } = request
    return await unlessAborted(signal, () => this.countCalls(statsQuery(request), signal))
  }

  async facetsWithin(filter: Filter, options: FacetsWithinOptions = {}): Promise<FacetsWithin> {
    const tree = filterTree(filter)
    return await unlessAborted(options.signal, () => this.countWithin(tree, options))
  }

  /** Counts what the newest calls of a filter have. A store that finds rows faster than pages does it itself. */
  protected async countWithin(
    filter: FilterTree,
    options: FacetsWithinOptions
  ): Promise<FacetsWithin> {
    const counts = new CountsWithin(options)
    let cursor: string | undefined
    do {
      const limit = Math.min(counts.left, LARGE_PAGE)
      options.signal?.throwIfAborted()
      const page = { limit, snippets: false, complete: true, ...(cursor && { cursor }) }
      const found = await this.findCalls(filter, page)
      for (const call of found.items) counts.add(call)
      cursor = found.cursor
    } while (cursor !== undefined && counts.left > 0)
    return counts.report(cursor !== undefined)
  }

  async facets(field: TextField, options: FacetOptions = {}): Promise<readonly FacetCount[]> {
    const { query, prefix } = facetQuery(field, options)
    const found = await this.countFacet(query)
    return found.map(({ value, calls }) => ({ value: value.slice(prefix.length), calls }))
  }

  #page(filter: FilterTree, page: PageRequest): Promise<Page<CallSummary>> {
    return unlessAborted(page.signal, () => this.findCalls(filter, page))
  }
}
