import type { CallSummary, FilterTree, Page, PageRequest } from '@slm-audit/core/reader'
import {
  type CallRow,
  countOf,
  cursorAt,
  limitOf,
  mentionsIn,
  mostRelevant,
  relevantPage,
  relevantRows,
  rowSnippet,
  searchedTexts,
  snippetIn,
  startOf,
  type Term,
  termsOf,
  toSummary,
  wordBody
} from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { annotationsOf } from '../index/annotation-rows.ts'
import { redactedRecords } from '../index/redaction-rows.ts'
import { readableOfCall } from '../store/sealed-rows.ts'
import { Clock, OUT_OF_TIME, Unfinished } from './clock.ts'
import type { Relevant, Walk } from './index-layer.ts'
import type { IndexLayers, Layer } from './index-layers.ts'
import type { IndexRow } from './index-row.ts'

/** What is to be found. */
export interface FindRequest {
  readonly filter: FilterTree
  readonly page: PageRequest
}

/** Calls behind a page are counted for so long. */
const COUNT_MS = 20

/** Rows of a page that is gone on with where it was begun. */
const SHORT_PAGE = 100

/** Records of a log that calls are compared in by relevance at once; in a longer one, by a thread. */
const SHORT_LOG = 2_000

/** How instructions begin that several calls of a page have. */
type Leads = Map<number, string | undefined>

/** What is to be counted behind a page. */
interface Counted {
  readonly filter: FilterTree
  readonly last: CallRow | undefined
  readonly want: number
  readonly isComplete: boolean
  readonly clock: Clock
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
   * A page of calls. Throws `Unfinished`, `OUT_OF_TIME`, also at once where the tail is over its
   * bounds and the clock has an end; AuditError `bad_query`.
   */
  find(request: FindRequest, clock: Clock): Page<CallSummary> {
    const { filter, page } = request
    const terms = termsOf(filter)
    const shown = page.snippets === false ? [] : terms
    const limit = limitOf(page)
    const most = countOf(page)
    const relevant = relevantPage(page, terms)
    const start = relevant ? relevant.below : startOf(page)
    for (;;) {
      const { layers, behind } = this.#layers.open(clock)
      if (behind > 0 && page.complete && clock.isEndless) {
        this.#layers.growAll(clock)
        continue
      }
      if (relevant) {
        const best = this.#mostRelevant(layers, { filter, below: start }, terms, clock)
        if (best === undefined || this.#layers.isStale) continue
        const size = Math.max(...layers.map(({ to }) => to))
        const { compared } = best
        const { items, ...around } = relevantRows(best.rows, relevant, { limit, size, compared })
        return this.#summed(items, shown, { ...around, ...(behind > 0 && { behind }) }, clock)
      }
      const found = this.#layers.rows(layers, { filter, below: start, want: limit + 1, clock })
      if (found === undefined || this.#layers.isStale) continue
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      const around = {
        ...(found.length > limit && last && { cursor: cursorAt(last.id) }),
        ...(behind > 0
          ? { behind }
          : this.#more(layers, {
              filter,
              last,
              want: most,
              isComplete: page.complete === true,
              clock
            }))
      }
      return this.#summed(rows, shown, around, clock)
    }
  }

  /** Calls by relevance; `undefined` where the index turns out to be damaged. Throws `OUT_OF_TIME`. */
  #mostRelevant(
    layers: readonly Layer[],
    walk: Pick<Walk, 'filter' | 'below'>,
    terms: readonly Term[],
    clock: Clock
  ): Relevant | undefined {
    const isShort = layers.every(({ to, tail }) => to - (tail?.from ?? 0) <= SHORT_LOG)
    if (!isShort && !clock.isEndless) throw OUT_OF_TIME
    const found = this.#layers.relevant(layers, { ...walk, clock })
    return (
      found && {
        ...found,
        rows: mostRelevant(
          found.rows.map((row) => ({
            row,
            mentions: mentionsIn(wordBody([...this.#texts(row)]), terms)
          }))
        )
      }
    )
  }

  /** How many calls follow a row: absent where that takes long, and all are not asked for. */
  #more(
    layers: readonly Layer[],
    { filter, last, want, isComplete, clock }: Counted
  ): Pick<Page<CallSummary>, 'more'> {
    if (want === 0) return {}
    if (!last) return { more: 0 }
    try {
      const until = isComplete ? clock : new Clock(COUNT_MS)
      const rows = this.#layers.rows(layers, { filter, below: last.id, want, clock: until })
      return rows ? { more: Math.min(rows.length, want) } : {}
    } catch (error) {
      if (isComplete || error !== OUT_OF_TIME) throw error
      return {}
    }
  }

  /** The page with its rows, each with its snippet: reading calls for these is most of the work of a search. */
  #summed(
    rows: readonly IndexRow[],
    terms: readonly Term[],
    page: Omit<Page<CallSummary>, 'items'>,
    clock: Clock
  ): Page<CallSummary> {
    const items: CallSummary[] = []
    const leads: Leads = new Map()
    const goOn = (until: Clock): Page<CallSummary> => {
      for (let row = rows[items.length]; row; row = rows[items.length]) {
        items.push(toSummary(row, this.#snippet(row, terms, leads)))
        // Rows alone are made in no time.
        if (terms.length === 0 || !until.isOver || items.length === rows.length) continue
        // A thread would find all rows again. Long pages are worth that.
        throw rows.length > SHORT_PAGE ? OUT_OF_TIME : new Unfinished(goOn)
      }
      return { items, ...page }
    }
    return goOn(clock)
  }

  /** The texts of a call, each read when it is asked for: a snippet is of one of them. */
  *#texts({ audit_id: auditId }: CallRow): Generator<string, undefined> {
    for (const record of readableOfCall(this.#evidence, auditId)) {
      yield* searchedTexts(redactedRecords(this.#evidence, auditId, [record]))
    }
    yield* searchedTexts([], annotationsOf(this.#evidence, auditId))
  }

  #snippet(row: IndexRow, terms: readonly Term[], leads: Leads): string | undefined {
    if (terms.length === 0) return undefined
    return (
      rowSnippet(row, terms) ??
      rowSnippet(row, terms, this.#instructions(row, leads)) ??
      snippetIn(this.#texts(row), terms)
    )
  }

  #instructions(row: IndexRow, leads: Leads): string | undefined {
    const { lead } = row
    if (lead === null) return undefined
    if (!leads.has(lead)) leads.set(lead, this.#layers.instructionsOf(row))
    return leads.get(lead)
  }
}
