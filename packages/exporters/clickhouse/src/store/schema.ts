import { AuditError } from '@slm-audit/core/exporter'
import type { Connection } from '../connection/connection.ts'
import { literal } from '../connection/literals.ts'
import { checkPlace, type PlaceOptions } from '../connection/place.ts'

/** The version of the tables that this package writes. */
const VERSION = 1
const COMMENT = 'slm-audit, version '
/** A row without a class of retention stays: the last day that a Date has. */
export const FOREVER = '2149-06-06'

/**
 * The tables. Both keep the newest of the rows with one key, because what is delivered at least once comes twice;
 * rows of one key share a partition, since a record never changes its time.
 *
 * `records` has each record as it was sealed, beside the call that it is of or about. `calls` has a row a call,
 * made anew when a record of it arrives: what lists, searches and figures are made of.
 */
function tables(prefix: string): readonly (readonly [name: string, sql: string])[] {
  const place = 'PARTITION BY toYYYYMM(at) TTL expires_on'
  const end = `COMMENT '${COMMENT}${VERSION}'`
  const fact = 'LowCardinality(Nullable(String))'
  return [
    [
      `${prefix}_records`,
      `CREATE TABLE IF NOT EXISTS ${prefix}_records (
        call String, idx UInt64, audit_id String, kind LowCardinality(String),
        at DateTime64(3, 'UTC'), expires_on Date, sealed String CODEC(ZSTD(3)),
        INDEX by_idx idx TYPE minmax
      ) ENGINE = ReplacingMergeTree ORDER BY (call, idx) ${place} ${end}`
    ],
    [
      `${prefix}_calls`,
      `CREATE TABLE IF NOT EXISTS ${prefix}_calls (
        id UInt64, made_of UInt64, audit_id String, at DateTime64(3, 'UTC'), expires_on Date,
        kind ${fact}, stage ${fact}, provider ${fact}, model ${fact}, answered_model ${fact}, operation ${fact},
        session Nullable(String), user Nullable(String), tenant ${fact}, parent Nullable(String),
        service ${fact}, version ${fact}, error_type ${fact},
        duration_ms Nullable(Float64), first_chunk_ms Nullable(Float64), input_tokens Nullable(Float64),
        output_tokens Nullable(Float64), tokens Nullable(Float64), confidence Nullable(Float64), flags UInt32,
        question Nullable(String), answer Nullable(String), tool Nullable(String),
        scores Array(Tuple(String, Float64)), facets Array(String),
        words Array(String) CODEC(ZSTD(3)), body String CODEC(ZSTD(3)), header String CODEC(ZSTD(3)),
        INDEX by_at at TYPE minmax, INDEX by_audit_id audit_id TYPE minmax,
        INDEX by_facet facets TYPE bloom_filter(0.01) GRANULARITY 1,
        INDEX by_word words TYPE bloom_filter(0.01) GRANULARITY 1
      ) ENGINE = ReplacingMergeTree(made_of) ORDER BY id ${place} SETTINGS index_granularity = 1024 ${end}`
    ]
  ]
}

/**
 * Figures by the hour, for dashboards. A view that follows inserts would count twice what comes twice; this one is made anew
 * every hour, from the rows as they are then.
 */
function rollups(prefix: string): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${prefix}_hours REFRESH EVERY 1 HOUR
    ENGINE = MergeTree ORDER BY hour COMMENT '${COMMENT}${VERSION}' AS
    SELECT toStartOfHour(at) AS hour, tenant, service, provider, model, operation,
      count() AS calls, countIf(stage = 'error') AS errors,
      sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
      quantilesState(0.5, 0.95, 0.99)(duration_ms) AS duration_ms
    FROM ${prefix}_calls FINAL WHERE stage NOT IN ('received', 'event') GROUP BY ALL`
}

/** Where the tables are, and which. */
export interface SchemaOptions extends Pick<PlaceOptions, 'database' | 'table'> {
  /** Whether figures by the hour are kept as well; see the option of `clickhouseExporter`. */
  readonly rollups?: boolean
}

/**
 * The statements that make the tables, for whoever gives the exporter no right to. Throws AuditError
 * `bad_option` as `clickhouseExporter`.
 */
export function clickhouseSchema(options: SchemaOptions = {}): string {
  // No server is asked.
  const { rollups: hasRollups = false, ...place } = options
  const { prefix } = checkPlace({ ...place, url: 'http://localhost' })
  const statements = tables(prefix).map(([, sql]) => sql)
  if (hasRollups) statements.push(rollups(prefix))
  return statements.map((sql) => `${sql};\n`).join('')
}

/**
 * Makes the tables that are not there. Rejects with AuditError `journal_newer` or `journal_damaged` for
 * tables that this package does not know, else `journal_unavailable`.
 */
export async function makeTables(
  connection: Connection,
  hasRollups: boolean,
  signal: AbortSignal
): Promise<void> {
  const { prefix } = connection
  const views = hasRollups ? [[`${prefix}_hours`, rollups(prefix)] as const] : []
  for (const [name, sql] of [...tables(prefix), ...views]) {
    if (!(await checkTable(connection, name, signal))) await connection.run(sql, signal)
  }
}

/** Checks the tables that are read. Rejects with AuditError as `makeTables`, also where there are none yet. */
export async function checkTables(connection: Connection): Promise<void> {
  for (const [name] of tables(connection.prefix)) {
    if (await checkTable(connection, name)) continue
    throw new AuditError(
      'journal_unavailable',
      `there is no table ${name} yet; run the application whose exporter fills it, or name another one by database and table`
    )
  }
}

/** Whether a table is there. Rejects with AuditError for one of another kind. */
async function checkTable(
  connection: Connection,
  name: string,
  signal?: AbortSignal
): Promise<boolean> {
  const [database, table] = name.includes('.') ? name.split('.') : [undefined, name]
  const [row] = await connection.rows(
    `SELECT comment FROM system.tables
      WHERE database = ${database === undefined ? 'currentDatabase()' : literal(database)} AND name = ${literal(table ?? '')}`,
    signal
  )
  if (row === undefined) return false
  const comment = String(row.comment)
  const version = comment.startsWith(COMMENT) ? Number(comment.slice(COMMENT.length)) : Number.NaN
  if (version <= VERSION) return true
  if (version > VERSION) {
    const message = `${name} has version ${version}, this slm-audit knows ${VERSION}; update slm-audit`
    throw new AuditError('journal_newer', message)
  }
  throw new AuditError('journal_damaged', `${name} is a table of something else; name another one`)
}
