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
  cursorAt,
  limitOf,
  searchedTexts,
  snippetOf,
  startOf,
  type Term,
  termsOf,
  toSummary
} from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { annotationsOf } from '../index/annotations.ts'
import { sealedOfCalls } from '../store/sealed-rows.ts'
import { compileFilter } from './compile-filter.ts'
import { passes, recentCalls, rowOf } from './recent-calls.ts'

/** The columns of a `CallRow`. */
const COLUMNS = `id, audit_id, kind, stage, received_at, provider, model, answered_model, operation, session,
  "user", tenant, parent, service, version, duration_ms, first_chunk_ms, confidence, flags, input_tokens,
  output_tokens, error_type, question, answer, tool`

/** A page of calls, newest first. Rejects with AuditError. */
export async function findCalls(
  connection: Connection,
  filter: FilterTree,
  page: PageRequest
): Promise<Page<CallSummary>> {
  const limit = limitOf(page)
  const below = startOf(page)
  const scope = inScope(filter)
  const { calls, behind } = await recentCalls(connection, page.complete === true)
  const recent = calls.filter((call) => call.document.id < below && passes(scope, call)).map(rowOf)
  const except = calls.map(({ document }) => document.id)
  const stored = await callRows(connection, scope, { below, limit: limit + 1, except })
  const found = [...recent, ...stored].sort((one, other) => other.id - one.id)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return {
    items: await withSnippets(connection, rows, termsOf(filter)),
    ...(found.length > limit && last && { cursor: cursorAt(last.id) }),
    ...(behind > 0 && { behind })
  }
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
    `SELECT ${COLUMNS} FROM ${connection.schema}.calls
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
  const records = await sealedOfCalls(connection, ids)
  const said = await annotationsOf(connection, ids)
  const byCall = Map.groupBy(records, ({ filedAs }) => filedAs?.auditId ?? '')
  return rows.map((row) => {
    const own = byCall.get(row.audit_id) ?? []
    const isAnnotation = row.kind === ANNOTATION
    const texts = searchedTexts(own, isAnnotation ? own : said.get(row.audit_id))
    const snippets = texts.map((text) => snippetOf(text, terms))
    return toSummary(
      row,
      snippets.find((snippet) => snippet !== undefined)
    )
  })
}
