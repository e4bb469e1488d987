import type { FacetCount, StatsDimension, StatsReport } from '@slm-audit/core/reader'
import {
  EMPTY,
  type FacetQuery,
  FILTERED,
  REFUSED,
  REPEATED,
  SKETCH_BUCKETS,
  type StatsQuery,
  StatsTable,
  type StoredTally,
  storedSketch
} from '@slm-audit/core/store'
import type { Connection, Row } from '../connection/connection.ts'
import { literal } from '../connection/literals.ts'
import { facetText } from '../store/call-row.ts'
import { compileFilter } from './compile-filter.ts'

/** The members of a stored tally, as the server makes them of the calls of a row. */
const TALLY = {
  calls: 'count()',
  complete: "countIf(stage = 'complete')",
  errors: "countIf(stage = 'error')",
  cancelled: "countIf(stage = 'cancelled')",
  abandoned: "countIf(stage = 'abandoned')",
  denied: "countIf(stage = 'denied')",
  inputTokens: 'sum(ifNull(input_tokens, 0))',
  outputTokens: 'sum(ifNull(output_tokens, 0))',
  sure: 'countIf(confidence IS NOT NULL)',
  confidence: 'sum(ifNull(confidence, 0))',
  empty: `countIf(bitTest(flags, ${Math.log2(EMPTY)}))`,
  filtered: `countIf(bitTest(flags, ${Math.log2(FILTERED)}))`,
  refused: `countIf(bitTest(flags, ${Math.log2(REFUSED)}))`,
  repeated: `countIf(bitTest(flags, ${Math.log2(REPEATED)}))`
} as const

const STREAMED_MS = '(ifNull(duration_ms, 0) - ifNull(first_chunk_ms, 0))'
/** The numbers that sketches are of, and when a call has one: as `Tally` of the core has it. */
const SKETCHES = {
  duration: ['duration_ms', 'duration_ms IS NOT NULL'],
  first: ['first_chunk_ms', 'first_chunk_ms IS NOT NULL'],
  speed: [
    `output_tokens * 1000 / ${STREAMED_MS}`,
    `stage = 'complete' AND duration_ms IS NOT NULL AND output_tokens > 0 AND ${STREAMED_MS} > 0`
  ]
} as const

/** The figures of calls: the server counts them, in the buckets of the core's sketches. Rejects with AuditError. */
export async function countCalls(connection: Connection, query: StatsQuery): Promise<StatsReport> {
  const { by, everyMs, filter } = query
  const table = new StatsTable(query)
  const keys = by.map((dimension, at) => `ifNull(${columnOf(dimension)}, '') AS by${at}`)
  const milliseconds = 'toUnixTimestamp64Milli(at)'
  if (everyMs !== undefined) keys.push(`intDiv(${milliseconds}, ${everyMs}) * ${everyMs} AS row_at`)
  const rows = await connection.rows(
    `SELECT ${[...keys, ...TALLIED].join(', ')} FROM ${connection.prefix}_calls FINAL
      WHERE stage != 'received' AND ${compileFilter(filter)}
      GROUP BY ${keys.length > 0 ? keys.map((key) => key.split(' AS ').at(-1)).join(', ') : '()'} HAVING calls > 0`
  )
  for (const row of rows) {
    const values = by.map((_, at) => String(row[`by${at}`]))
    table.addTally(values, Number(row.row_at ?? 0), tallyIn(row))
  }
  return table.report(undefined)
}

/** The most frequent values of a facet, with calls that have ended. Rejects with AuditError. */
export async function countFacet(
  connection: Connection,
  { facet, beginning, limit }: FacetQuery
): Promise<FacetCount[]> {
  const start = facetText([facet, ''])
  // What an annotation says is counted with the call, open or not.
  const counted = facet.startsWith('annotation') ? "stage != 'event'" : "stage != 'received'"
  const rows = await connection.rows(
    `SELECT substring(own, ${Buffer.byteLength(start) + 1}) AS value, count() AS calls
      FROM ${connection.prefix}_calls FINAL ARRAY JOIN facets AS own
      WHERE ${counted} AND startsWith(own, ${literal(start + beginning)})
      GROUP BY value ORDER BY calls DESC, value LIMIT ${limit}`
  )
  return rows.map(({ value, calls }) => ({ value: String(value), calls: Number(calls) }))
}

function columnOf(dimension: StatsDimension): string {
  return dimension === 'model' ? 'coalesce(model, answered_model)' : dimension
}

function bucketed([number, condition]: readonly [string, string]): string {
  const { least, logGamma, first, last } = SKETCH_BUCKETS
  const bucket = `ceil(log(greatest(${least}, ifNull(${number}, 0))) / ${logGamma}) - ${first}`
  return `sumMapIf([toUInt32(least(${last}, greatest(0, ${bucket})))], [toUInt64(1)], ifNull(${condition}, false))`
}

const TALLIED = [
  ...Object.entries(TALLY).map(
    ([name, sql]) => `${sql} AS ${name === 'confidence' ? 'confidences' : name}`
  ),
  "sumMapIf([ifNull(error_type, 'unknown')], [toUInt64(1)], stage = 'error') AS types",
  ...Object.entries(SKETCHES).map(([name, sketch]) => `${bucketed(sketch)} AS ${name}`)
]

function tallyIn(row: Row): StoredTally {
  const counts = Object.keys(TALLY).map((name) => [
    name,
    Number(row[name === 'confidence' ? 'confidences' : name])
  ])
  const sketches = Object.keys(SKETCHES).map((name) => [name, storedSketch(pairsIn(row[name]))])
  const types = Object.fromEntries(pairsIn<string>(row.types))
  return { ...Object.fromEntries([...counts, ...sketches]), types }
}

/** A map of the server's sums: its keys, which ascend, and their values. */
function pairsIn<K = number>(sums: unknown): (readonly [K, number])[] {
  const [keys = [], counts = []] = sums as readonly [K[]?, number[]?]
  return keys.map((key, at) => [key, counts[at] ?? 0] as const)
}
