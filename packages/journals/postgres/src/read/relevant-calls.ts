import type { FilterTree } from '@slm-audit/core/reader'
import {
  type CallRow,
  callRow,
  type Mentions,
  mentionsIn,
  mostRelevant,
  phraseIn,
  RELEVANT,
  type Term,
  wordBody
} from '@slm-audit/core/store'
import type { Connection, Parameter } from '../connection/connection.ts'
import { storable } from '../connection/storable.ts'
import type { MadeCall } from '../index/indexer.ts'
import { compileFilter } from './compile-filter.ts'
import { ROW_COLUMNS } from './recent-calls.ts'

/** Where calls are looked for. */
export interface RelevantBounds {
  /** Calls before this place. */
  readonly below: number
  /** Calls that pass and that the index does not have as they are. */
  readonly passing: readonly MadeCall[]
  /** Places of calls that are left out of the index: what it has of them is old. */
  readonly except: readonly number[]
}

/**
 * The calls that are most relevant to some terms, the best first, and how many of the newest that pass were compared. The server
 * counts words, so that texts stay where they are. Rejects with AuditError.
 */
export async function mostRelevantCalls(
  connection: Connection,
  filter: FilterTree,
  terms: readonly Term[],
  { below, passing, except }: RelevantBounds
): Promise<{ readonly rows: readonly CallRow[]; readonly compared: number }> {
  const recent = passing.map(({ document }) => ({
    row: callRow(document),
    mentions: mentionsIn(wordBody(document.texts), terms)
  }))
  const stored = await countMentions(connection, filter, terms, { below, except })
  const compared = [...recent, ...stored]
  const best = mostRelevant<{ readonly id: number }>(compared)
  const known = new Map(recent.map(({ row }) => [row.id, row]))
  const rows = await connection.rows(
    `SELECT ${ROW_COLUMNS} FROM ${connection.schema}.calls WHERE id = ANY($1::bigint[])`,
    [best.map(({ id }) => id)]
  )
  for (const row of rows as unknown as CallRow[]) if (!known.has(row.id)) known.set(row.id, row)
  return { rows: best.flatMap(({ id }) => known.get(id) ?? []), compared: compared.length }
}

async function countMentions(
  connection: Connection,
  filter: FilterTree,
  terms: readonly Term[],
  { below, except }: Pick<RelevantBounds, 'below' | 'except'>
): Promise<{ readonly row: { readonly id: number }; readonly mentions: Mentions }[]> {
  const { sql, values } = compileFilter(filter, connection.schema)
  const all: Parameter[] = [...values]
  const add = (value: Parameter) => `$${all.push(value)}`
  const place = `calls.id < ${add(below)} AND calls.id <> ALL(${add(except)}::bigint[])`
  const counts = terms.map((term) => {
    const phrase = storable(phraseIn(term))
    return `coalesce((length(body) - length(replace(body, ${add(phrase)}::text, ''))) / ${phrase.length}, 0)`
  })
  const rows = await connection.rows(
    `SELECT id, coalesce(length(body), 0) AS length, ARRAY[${counts.join(', ')}]::int[] AS counts
      FROM (SELECT id FROM ${connection.schema}.calls WHERE ${place} AND ${sql}
        ORDER BY id DESC LIMIT ${RELEVANT.among}) AS newest
        LEFT JOIN ${connection.schema}.texts USING (id)`,
    all
  )
  return (rows as unknown as (Mentions & { readonly id: number })[]).map(
    ({ id, length, counts }) => ({ row: { id }, mentions: { length, counts } })
  )
}
