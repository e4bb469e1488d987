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
  countOf,
  cursorAt,
  limitOf,
  type Mentions,
  mostRelevant,
  phraseIn,
  RELEVANT,
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
import { literal } from '../connection/literals.ts'
import { type ParsedRecord, recordsOf } from '../store/sealed-rows.ts'
import { compileFilter } from './compile-filter.ts'
import { currentCalls, newestCalls } from './newest-calls.ts'

/** The columns of a `CallRow`. */
const COLUMNS = `id, audit_id, kind, stage, toUnixTimestamp64Milli(at) AS received_at, provider, model,
  answered_model, operation, session, user, tenant, parent, service, version, duration_ms, first_chunk_ms,
  confidence, flags, input_tokens, output_tokens, error_type, question, answer, tool`

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
  const condition = compileFilter(inScope(filter))
  if (relevant) {
    const found = await mostRelevantCalls(connection, condition, { terms, below: relevant.below })
    const { items, ...around } = relevantRows(found.rows, relevant, { limit, ...found })
    return { items: await withSnippets(connection, items, shown), ...around }
  }
  const counted = countOf(page)
  const bounds = { below: startOf(page), limit: limit + 1 }
  const found = await newestCalls<CallRow>(connection, COLUMNS, condition, bounds)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return {
    items: await withSnippets(connection, rows, shown),
    ...(found.length > limit && last && { cursor: cursorAt(last.id) }),
    ...(counted > 0 && (await countBelow(connection, condition, { last, counted, page })))
  }
}

/** Places before a page that are looked at for calls to be counted. */
const COUNTED_PLACES = 2 ** 16

/** How many calls follow a page, as many as are `counted` at most; nothing where that takes a look at more places. */
async function countBelow(
  connection: Connection,
  condition: string,
  {
    last,
    counted,
    page
  }: { readonly last: CallRow | undefined; readonly counted: number; readonly page: PageRequest }
): Promise<Pick<Page<CallSummary>, 'more'>> {
  if (!last) return { more: 0 }
  const from = page.complete === true ? 0 : Math.max(0, last.id - COUNTED_PLACES)
  const [row] = await connection.rows(
    `SELECT count() AS found FROM (SELECT 1 FROM ${connection.prefix}_calls FINAL
      WHERE id >= ${from} AND id < ${last.id} AND ${condition} LIMIT ${counted})`
  )
  const more = Number(row?.found)
  return more === counted || from === 0 ? { more } : {}
}

/** The calls that are most relevant to some terms, the best first; the server counts words, so that texts stay there. */
async function mostRelevantCalls(
  connection: Connection,
  condition: string,
  { terms, below }: { readonly terms: readonly Term[]; readonly below: number }
): Promise<{
  readonly rows: readonly CallRow[]
  readonly size: number
  readonly compared: number
}> {
  const counts = terms.map((term) => `countSubstrings(body, ${literal(phraseIn(term))})`)
  const columns = `id, length(body) AS length, [${counts.join(', ')}] AS counts`
  const found = await newestCalls<Mentions & { readonly id: number }>(
    connection,
    columns,
    condition,
    { below, limit: RELEVANT.among }
  )
  const ids = mostRelevant(found.map((row) => ({ row, mentions: row }))).map(({ id }) => id)
  const rows = await currentCalls<CallRow>(connection, COLUMNS, ids)
  const known = new Map(rows.map((row) => [row.id, row]))
  return {
    rows: ids.flatMap((id) => known.get(id) ?? []),
    size: (found[0]?.id ?? 0) + 1,
    compared: found.length
  }
}

async function withSnippets(
  connection: Connection,
  rows: readonly CallRow[],
  terms: readonly Term[]
): Promise<CallSummary[]> {
  if (terms.length === 0) return rows.map((row) => toSummary(row))
  const filedUnder = (row: CallRow) => (row.kind === ANNOTATION && row.parent) || row.audit_id
  const records = await recordsOf(connection, [...new Set(rows.map(filedUnder))])
  const byCall = Map.groupBy(records, ({ header }) => header.auditId)
  const said = Map.groupBy(
    records.filter(({ header }) => header.kind === ANNOTATION),
    ({ header }) => header.parent
  )
  return rows.map((row) => {
    const own = sealedOf(byCall.get(row.audit_id))
    const about = row.kind === ANNOTATION ? own : sealedOf(said.get(row.audit_id))
    const snippet = rowSnippet(row, terms) ?? snippetIn(searchedTexts(own, about), terms)
    return toSummary(row, snippet)
  })
}

function sealedOf(records: readonly ParsedRecord[] = []) {
  return records.map(({ sealed }) => sealed)
}
