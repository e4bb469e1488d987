import type { CallFilter, CallSummary, Page, PageRequest } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { indexedSize, textsOf } from '../index/text-index.ts'
import { holds, snippetOf, type Term, termsOf } from '../index/words.ts'
import { type CallRow, conditionOf, cursorAt, limitOf, startOf, toSummary } from './call-query.ts'

/** Numbers are bound as floating point, which FTS5 ignores where a row id belongs. */
const INTEGER = 'CAST(? AS INTEGER)'

/**
 * Searches the texts of calls, newest first. It walks the records that hold the rarest term, so a
 * page costs about its own length; the records that the index does not have yet are looked
 * through. The cursor is a record's index, so pages are stable while records are added.
 */
export function searchTexts(
  database: Database,
  text: string,
  filter: CallFilter,
  page: PageRequest
): Page<CallSummary> {
  const limit = limitOf(page)
  const search = new Search(database, termsOf(text), filter)
  const items: CallSummary[] = []
  for (const index of search.candidates(startOf(page))) {
    if (items.length === limit) return { items, cursor: cursorAt(index + 1) }
    const found = search.callAt(index)
    if (found) items.push(found)
  }
  return { items }
}

class Search {
  readonly #database: Database
  readonly #terms: readonly Term[]
  readonly #rarest: Term
  readonly #indexed: number
  readonly #tail: ReadonlyMap<number, string>
  readonly #hasTerm
  readonly #findCall
  readonly #recordsOf
  readonly #values: readonly (string | number)[]

  constructor(database: Database, terms: readonly Term[], filter: CallFilter) {
    const condition = conditionOf(filter)
    this.#database = database
    this.#terms = terms
    this.#indexed = indexedSize(database)
    this.#tail = textsOf(database, this.#indexed, Number.MAX_SAFE_INTEGER / 64)
    this.#rarest = this.#findRarest()
    this.#hasTerm = database
      .prepare(`SELECT 1 FROM texts WHERE rowid = ${INTEGER} AND texts MATCH ?`)
      .pluck()
    this.#recordsOf = database
      .prepare('SELECT idx FROM records WHERE audit_id = ? ORDER BY idx DESC')
      .pluck()
    this.#findCall = database.prepare(
      `SELECT calls.* FROM calls WHERE id = (
          SELECT min(first.idx) FROM records AS first
            JOIN records AS this ON this.audit_id = first.audit_id WHERE this.idx = ?)
        AND ${condition.sql}`
    )
    this.#values = condition.values
  }

  /** Records below `start` that hold the rarest term, descending. */
  *candidates(start: number): Generator<number> {
    const tail = [...this.#tail.keys()].reverse()
    for (const index of tail) {
      if (index < start && this.#holdsTerm(index, this.#rarest)) yield index
    }
    const rows = this.#database
      .prepare(
        `SELECT rowid FROM texts WHERE texts MATCH ? AND rowid < ${INTEGER} ORDER BY rowid DESC`
      )
      .pluck()
      .iterate(this.#rarest.match, Math.min(start, this.#indexed))
    for (const index of rows as IterableIterator<number>) yield index
  }

  /** The call of a record, if it holds all terms and passes the filter; once a call. */
  callAt(index: number): CallSummary | undefined {
    const row = this.#findCall.get(index, ...this.#values) as CallRow | undefined
    if (row === undefined) return undefined
    const records = this.#recordsOf.all(row.audit_id) as number[]
    const newest = records.find((record) => this.#holdsTerm(record, this.#rarest))
    if (newest !== index) return undefined
    const all = this.#terms.every((term) => records.some((record) => this.#holdsTerm(record, term)))
    return all ? toSummary(row, this.#snippet(index)) : undefined
  }

  #snippet(index: number): string {
    const text = this.#tail.get(index) ?? textsOf(this.#database, index, index + 1).get(index) ?? ''
    return snippetOf(text, this.#terms)
  }

  #holdsTerm(index: number, term: Term): boolean {
    if (index < this.#indexed) return this.#hasTerm.get(index, term.match) !== undefined
    return holds(this.#tail.get(index) ?? '', term)
  }

  #findRarest(): Term {
    const [first, ...others] = this.#terms
    if (first === undefined) throw new RangeError('a search needs a term')
    if (others.length === 0) return first
    const count = this.#database.prepare('SELECT count(*) FROM texts WHERE texts MATCH ?').pluck()
    const counts = this.#terms.map((term) => ({ term, count: Number(count.get(term.match)) }))
    return counts.reduce((rarest, each) => (each.count < rarest.count ? each : rarest)).term
  }
}
