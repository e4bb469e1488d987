import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AuditError, type Json, messageOf } from '@slm-audit/core/exporter'
import { loadOptional } from '../base/load-optional.ts'

/** What a question to the calls of some days gave. */
export interface QueryResult {
  /** Names of the columns, in order. */
  readonly columns: readonly string[]
  /** A value for each column: numbers as such, but those that JavaScript has no number for; times as texts. */
  readonly rows: readonly (readonly Json[])[]
}

/** What is used of `@duckdb/node-api`, which is too large to be a dependency. */
interface Duckdb {
  readonly DuckDBInstance: { create(path: string): Promise<Instance> }
  readonly StatementType: { readonly SELECT: number }
}

interface Instance {
  connect(): Promise<Connection>
  closeSync(): void
}

interface Connection {
  run(sql: string): Promise<unknown>
  extractStatements(sql: string): Promise<{
    readonly count: number
    prepare(at: number): Promise<Statement>
  }>
  closeSync(): void
}

interface Statement {
  readonly statementType: number
  runAndReadAll(): Promise<{
    deduplicatedColumnNames(): string[]
    getRowsJS(): unknown[][]
    getRowsJson(): Json[][]
  }>
}

const PACKAGE = '@duckdb/node-api'

/**
 * Asks one SELECT of the table `calls`, which is the segments of some days in a folder, `date=2026-11-29/calls.parquet`. The
 * question reads no other file, and writes none, but for `.tmp` where the process runs: there DuckDB puts aside what memory has
 * no room for. Rejects with AuditError: `bad_query` with what DuckDB says of it, `bad_option` where DuckDB is not installed.
 */
export async function querySegments(
  folder: string,
  days: readonly string[],
  sql: string
): Promise<QueryResult> {
  const { DuckDBInstance, StatementType } = await loadDuckdb()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const path = resolve(folder)
    const files = days.map((day) => quoted(join(path, `date=${day}`, 'calls.parquet')))
    await connection.run(`CREATE VIEW calls AS
      SELECT * FROM read_parquet([${files.join(', ')}], hive_partitioning = true, union_by_name = true)`)
    await connection.run(`SET allowed_paths = [${files.join(', ')}]`)
    await connection.run('SET enable_external_access = false; SET lock_configuration = true')
    const statement = await onlyStatement(connection, sql)
    if (statement.statementType !== StatementType.SELECT) throw new Error('it is no SELECT')
    const read = await statement.runAndReadAll()
    const texts = read.getRowsJson()
    const rows = read
      .getRowsJS()
      .map((row, at) => row.map((value, column) => asValue(value, texts[at]?.[column] ?? null)))
    return { columns: read.deduplicatedColumnNames(), rows }
  } catch (cause) {
    if (AuditError.is(cause)) throw cause
    const [said = ''] = messageOf(cause).split('\n\nLINE ')
    const message = `DuckDB cannot answer the query: ${said.trim().replaceAll(/\s*\n\s*/g, ' ')}`
    throw new AuditError('bad_query', message, { cause })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function onlyStatement(connection: Connection, sql: string): Promise<Statement> {
  if (sql.trim() === '') throw new Error('it is empty')
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new Error(`it has ${statements.count} statements, not one`)
  return await statements.prepare(0)
}

/** The package that is installed with the application, else beside this one. */
function loadDuckdb(): Promise<Duckdb> {
  return loadOptional('slm-audit query', PACKAGE, async () => {
    const own = createRequire(join(process.cwd(), 'package.json'))
    return (await import(foundBy(own) ?? PACKAGE)) as Duckdb
  })
}

function foundBy(own: NodeJS.Require): string | undefined {
  try {
    return pathToFileURL(own.resolve(PACKAGE)).href
  } catch {
    return undefined
  }
}

function asValue(value: unknown, text: Json): Json {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : text
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
