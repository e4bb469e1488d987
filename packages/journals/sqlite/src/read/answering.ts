import type {
  CallSummary,
  FacetCount,
  FacetsWithin,
  FacetsWithinOptions,
  FilterTree,
  Page,
  StatsReport
} from '@slm-audit/core/reader'
import type { FacetQuery, StatsQuery } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { CallFinder, type FindRequest } from './call-finder.ts'
import type { Clock } from './clock.ts'
import { IndexLayers, type TailBounds } from './index-layers.ts'
import { StatsFinder } from './stats-finder.ts'

/** What can be asked, on the caller's thread or on another. */
export type Question =
  | { readonly find: FindRequest }
  | { readonly stats: StatsQuery }
  | { readonly facets: FacetQuery }
  | { readonly within: FilterTree; readonly options: FacetsWithinOptions }

/** What is answered. */
export type Answer = Page<CallSummary> | StatsReport | FacetCount[] | FacetsWithin

/** Answers questions in the layers of an index, on the thread that it is called on. */
export class Answering {
  readonly #layers: IndexLayers
  readonly #calls: CallFinder
  readonly #stats: StatsFinder

  constructor(evidence: Database, file: string, bounds: TailBounds) {
    this.#layers = new IndexLayers(evidence, file, bounds)
    this.#calls = new CallFinder(evidence, this.#layers)
    this.#stats = new StatsFinder(this.#layers)
  }

  /** Throws `Unfinished`, `OUT_OF_TIME`, AuditError `bad_query`. */
  answer(question: Question, clock: Clock): Answer {
    if ('find' in question) return this.#calls.find(question.find, clock)
    if ('stats' in question) return this.#stats.stats(question.stats, clock)
    if ('within' in question) return this.#stats.within(question.within, question.options, clock)
    return this.#stats.facets(question.facets, clock)
  }

  /** As `IndexLayers.grow`. */
  grow(deadline: number): boolean {
    return this.#layers.grow(deadline)
  }

  close(): void {
    this.#layers.close()
  }
}
