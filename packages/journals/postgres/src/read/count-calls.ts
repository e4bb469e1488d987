import type { FacetCount, StatsReport } from '@slm-audit/core/reader'
import {
  callRow,
  type FacetQuery,
  type RollupQuery,
  rollupQuery,
  type StatsQuery,
  StatsTable
} from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { storable } from '../connection/storable.ts'
import { type MadeCall, newFacets } from '../index/indexer.ts'
import { callRows } from './find-calls.ts'
import { passes, recentCalls } from './recent-calls.ts'

/** Rows of one look, where calls are walked through. */
const ROWS = 2_000

/** The figures of calls: from what the index keeps of hours where that answers it, else by a walk. */
export async function countCalls(connection: Connection, query: StatsQuery): Promise<StatsReport> {
  const { calls } = await recentCalls(connection, true)
  const rollup = rollupQuery(query)
  const table = new StatsTable(query)
  if (rollup) {
    await addRollups(connection, rollup, table)
    const fresh = await notCounted(connection, calls)
    for (const call of fresh.filter((each) => isOf(rollup, each) && passes(query.filter, each))) {
      table.addCall(callRow(call.document))
    }
    return table.report(rollup)
  }
  for (const call of calls) {
    const row = callRow(call.document)
    if (row.stage !== 'received' && passes(query.filter, call)) table.addCall(row)
  }
  const except = calls.map(({ document }) => document.id)
  for (let below = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = await callRows(connection, query.filter, { below, limit: ROWS, except })
    for (const row of rows) if (row.stage !== 'received') table.addCall(row)
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS) return table.report(undefined)
    below = last.id
  }
}

/** The most frequent values of a facet, with calls that have ended. */
export async function countFacet(
  connection: Connection,
  { facet, beginning: asked, limit }: FacetQuery
): Promise<FacetCount[]> {
  const beginning = storable(asked)
  const { calls, reached } = await recentCalls(connection, true)
  const counts = new Map<string, number>()
  const ending = await notCounted(connection, calls)
  for (const call of calls) {
    for (const [[name, value], count] of newFacets(call, ending.includes(call), reached)) {
      if (count === 0 || name !== facet || !value.startsWith(beginning)) continue
      counts.set(value, (counts.get(value) ?? 0) + count)
    }
  }
  const rows = await connection.rows(
    `SELECT value, calls FROM ${connection.schema}.facets
      WHERE facet = $1 AND starts_with(value, $2) AND (calls > 0 OR value = ANY($4))
      ORDER BY calls DESC, value LIMIT $3`,
    [facet, beginning, limit + counts.size, [...counts.keys()]]
  )
  for (const row of rows) {
    const value = String(row.value)
    counts.set(value, (counts.get(value) ?? 0) + Number(row.calls))
  }
  return [...counts]
    .map(([value, ended]) => ({ value, calls: ended }))
    .sort((one, other) => other.calls - one.calls || (one.value < other.value ? -1 : 1))
    .slice(0, limit)
}

async function addRollups(
  connection: Connection,
  { of, value, fromHour, toHour }: RollupQuery,
  table: StatsTable
): Promise<void> {
  const rows = await connection.rows(
    `SELECT value, hour, data FROM ${connection.schema}.rollups
      WHERE dimension = $1 AND ($2::text IS NULL OR value = $2) AND hour >= $3 AND hour < $4`,
    [of, value === undefined ? null : storable(value), fromHour, toHour]
  )
  for (const row of rows) table.addRollup(String(row.value), Number(row.hour), row.data as never)
}

/** Whether a recent call is in the hours that a report is of, which may be longer than the times that were asked for. */
function isOf({ fromHour, toHour }: RollupQuery, { document }: MadeCall): boolean {
  const hour = Math.floor(document.receivedAt / 3_600_000)
  return hour >= fromHour && hour < toHour
}

/** Calls that have ended, and are not in the figures of the index: it has them as open, or not at all. */
async function notCounted(connection: Connection, calls: readonly MadeCall[]): Promise<MadeCall[]> {
  const ended = calls.filter(({ document }) => document.columns.stage !== 'received')
  const rows = await connection.rows(
    `SELECT id FROM ${connection.schema}.calls WHERE id = ANY($1) AND stage <> 'received'`,
    [ended.map(({ document }) => document.id)]
  )
  const counted = new Set(rows.map(({ id }) => id))
  return ended.filter(({ document }) => !counted.has(document.id))
}
