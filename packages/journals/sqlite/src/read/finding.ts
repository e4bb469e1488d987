import { setImmediate } from 'node:timers/promises'
import { AuditError, messageOf } from '@slm-audit/core/journal'
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
import { holdFile } from '../store/held-file.ts'
import { type Answer, Answering, type Question } from './answering.ts'
import type { FindRequest } from './call-finder.ts'
import { Clock, OUT_OF_TIME, Unfinished } from './clock.ts'
import { FindThread } from './find-thread.ts'

/** What is done on the caller's thread before another one takes over. */
const BUDGET_MS = 10
/** The same for figures, which are read in one go. */
const STATS_BUDGET_MS = 25
const TAIL = { records: 200, bytes: 256 * 1024 }

/**
 * Finds and counts calls without standing in the way of the caller's event loop: a page takes a
 * millisecond or so at once, and what takes longer is done by a thread.
 */
export class Finding {
  readonly #file: string
  readonly #answering: Answering
  readonly #checkHeld: () => void
  #thread: FindThread | undefined

  constructor(evidence: Database, file: string) {
    this.#file = file
    this.#answering = new Answering(evidence, file, TAIL)
    this.#checkHeld = holdFile(file)
  }

  /** A page of calls. Rejects with AuditError `bad_query`, `journal_unavailable`. */
  find({ filter, page }: FindRequest): Promise<Page<CallSummary>> {
    const { signal, ...asked } = page
    const find = { filter, page: asked }
    return this.#ask({ find }, BUDGET_MS, signal) as Promise<Page<CallSummary>>
  }

  /** The figures of calls. Rejects as `find` does. */
  stats(stats: StatsQuery, signal?: AbortSignal): Promise<StatsReport> {
    return this.#ask({ stats }, STATS_BUDGET_MS, signal) as Promise<StatsReport>
  }

  /** The most frequent values of a facet. Rejects as `find` does. */
  facets(facets: FacetQuery): Promise<FacetCount[]> {
    return this.#ask({ facets }, BUDGET_MS) as Promise<FacetCount[]>
  }

  /** What the newest calls of a filter have. Rejects as `find` does. */
  within(within: FilterTree, { signal, ...options }: FacetsWithinOptions): Promise<FacetsWithin> {
    return this.#ask({ within, options }, BUDGET_MS, signal) as Promise<FacetsWithin>
  }

  async #ask(question: Question, budgetMs: number, signal?: AbortSignal): Promise<Answer> {
    let step = (clock: Clock): Answer => this.#answering.answer(question, clock)
    for (;;) {
      signal?.throwIfAborted()
      try {
        return step(new Clock(budgetMs))
      } catch (error) {
        if (error === OUT_OF_TIME) break
        if (!(error instanceof Unfinished)) throw error
        step = error.goOn
        await setImmediate()
      }
    }
    this.#thread ??= this.#begin()
    return await this.#thread.ask(question, signal)
  }

  /** A thread opens the log by its name, which must still be that of the log that is open here. */
  #begin(): FindThread {
    try {
      this.#checkHeld()
    } catch (cause) {
      throw new AuditError('journal_unavailable', messageOf(cause), { cause })
    }
    return new FindThread(this.#file)
  }

  async close(): Promise<void> {
    this.#answering.close()
    await this.#thread?.end()
  }
}
