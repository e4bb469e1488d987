import { ANNOTATION } from '@slm-audit/core/journal'
import {
  type CallSummary,
  type FilterTree,
  inScope,
  type Page,
  type PageRequest
} from '@slm-audit/core/reader'
import {
  type CallRow,
  callRow,
  countOf,
  cursorAt,
  limitOf,
  relevantPage,
  relevantRows,
  rowSnippet,
  searchedTexts,
  snippetIn,
  startOf,
  type Term,
  termsOf,
  toSummary
} from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { annotationsOf } from '../index/annotations.ts'
import type { MadeCall } from '../index/indexer.ts'
import { redactedRecords } from '../index/redactions.ts'
import { sealedOfCalls } from '../store/sealed-rows.ts'
import { compileFilter } from './compile-filter.ts'
import { passes, ROW_COLUMNS, recentCalls } from './recent-calls.ts'
import { mostRelevantCalls } from './relevant-calls.ts'

/** A page of calls. Rejects with AuditError. */
export async function findCalls(
  connection: Connection,
  filter: FilterTree,
  page: PageRequest
): Promise<Page<CallSummary>> {
  const limit = limitOf(page)
  const terms = termsOf(filter)
  const shown = page.snippets === false ? [] : terms
  const relevant = relevantPage(page, terms)
  const below = relevant ? relevant.below : startOf(page)
  const scope = inScope(filter)
  const { calls, behind, size } = await recentCalls(connection, page.complete === true)
  const passing = calls.filter((call) => call.document.id < below && passes(scope, call))
  const except = calls.map(({ document }) => document.id)
  if (relevant) {
    const found = await mostRelevantCalls(connection, scope, terms, { below, passing, except })
    const { compared } = found
    const { items, ...around } = relevantRows(found.rows, relevant, { limit, size, compared })
    const summaries = await withSnippets(connection, items, shown)
    return { items: summaries, ...around, ...(behind > 0 && { behind }) }
  }
  const recent = passing.map(({ document }) => callRow(document))
  const stored = await callRows(connection, scope, { below, limit: limit + 1, except })
  const found = [...recent, ...stored].sort((one, other) => other.id - one.id)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  const most = behind > 0 ? 0 : countOf(page)
  const more =
    most === 0
      ? undefined
      : await countBelow(connection, scope, {
          ...{ last, most, calls, isComplete: page.complete === true }
        })
  return {
    ...(more !== undefined && { more }),
    items: await withSnippets(connection, rows, shown),
    ...(found.length > limit && last && { cursor: cursorAt(last.id) }),
    ...(behind > 0 && { behind })
  }
}

/** Places before a page that are looked at for calls to be counted. */
const COUNTED_PLACES = 2 ** 16

/** What is counted behind a page. */
interface Counted {
  readonly last: CallRow | undefined
  readonly most: number
  readonly calls: readonly MadeCall[]
  readonly isComplete: boolean
}

/** How many calls follow a page, `most` at most; `undefined` where that takes a look at more of the index. */
async function countBelow(
  connection: Connection,
  filter: FilterTree,
  { last, most, calls, isComplete }: Counted
): Promise<number | undefined> {
  if (!last) return 0
  const recent = calls.filter((call) => call.document.id < last.id && passes(filter, call)).length
  const except = calls.map(({ document }) => document.id)
  const { sql, values } = compileFilter(filter, connection.schema)
  const next = values.length
  const from = isComplete ? 0 : Math.max(0, last.id - COUNTED_PLACES)
  const [row] = await connection.rows(
    `SELECT count(*)::int AS found FROM (SELECT 1 FROM ${connection.schema}.calls
      WHERE calls.id >= $${next + 1} AND calls.id < $${next + 2}
        AND calls.id <> ALL($${next + 3}::bigint[]) AND ${sql} LIMIT $${next + 4}) AS counted`,
    [...values, from, last.id, except, most]
  )
  const found = recent + Number(row?.found)
  return found >= most ? most : from === 0 ? found : undefined
}

/** Which rows of the index are read. */
export interface RowBounds {
  /** Calls before this place. */
  readonly below: number
  readonly limit: number
  /** Places of calls that are left out: what the index has of them is old. */
  readonly except: readonly number[]
}

/** Rows of the index that pass a filter, newest first. */
export async function callRows(
  connection: Connection,
  filter: FilterTree,
  { below, limit, except }: RowBounds
): Promise<CallRow[]> {
  const { sql, values } = compileFilter(filter, connection.schema)
  const next = values.length
  const rows = await connection.rows(
    `SELECT ${ROW_COLUMNS} FROM ${connection.schema}.calls
      WHERE calls.id < $${next + 1} AND calls.id <> ALL($${next + 2}::bigint[]) AND ${sql}
      ORDER BY calls.id DESC LIMIT $${next + 3}`,
    [...values, below, except, limit]
  )
  return rows as unknown as CallRow[]
}

async function withSnippets(
  connection: Connection,
  rows: readonly CallRow[],
  terms: readonly Term[]
): Promise<CallSummary[]> {
  if (terms.length === 0) return rows.map((row) => toSummary(row))
  const ids = rows.map((row) => row.audit_id)
  const stored = await sealedOfCalls(connection, ids, 'opened')
  const records = await redactedRecords(connection, stored, 'opened')
  const said = await annotationsOf(connection, ids, undefined, 'opened')
  const byCall = Map.groupBy(records, ({ filedAs }) => filedAs?.auditId ?? '')
  return rows.map((row) => {
    const own = byCall.get(row.audit_id) ?? []
    const isAnnotation = row.kind === ANNOTATION
    const texts = searchedTexts(own, isAnnotation ? own : said.get(row.audit_id))
    return toSummary(row, rowSnippet(row, terms) ?? snippetIn(texts, terms))
  })
}
