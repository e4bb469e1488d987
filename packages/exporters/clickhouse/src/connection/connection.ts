import type { ClickHouseClient } from '@clickhouse/client'
import { AuditError, messageOf } from '@slm-audit/core/exporter'
import type { ClickHouseLike, Place } from './place.ts'

/** A row as the server gives it: whole numbers are numbers. */
export interface Row {
  readonly [name: string]: unknown
}

/** A statement waits no longer for the server, in milliseconds. */
const STATEMENT_MS = 60_000

/** A server with the tables of one copy. */
export class Connection implements AsyncDisposable {
  /** The beginning of the tables' names. */
  readonly prefix: string
  readonly #server: Place['server']
  #own: Promise<ClickHouseClient> | undefined

  /** The server is asked nothing before the first statement. */
  constructor({ server, prefix }: Place) {
    this.#server = server
    this.prefix = prefix
  }

  /** The rows that a statement gives. Rejects with AuditError `journal_unavailable`. */
  async rows(query: string, signal?: AbortSignal): Promise<readonly Row[]> {
    const result = await this.#ask((client) =>
      client.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 0,
          // What a newer row replaces must not pass a filter by an index that knows the older one.
          use_skip_indexes_if_final: 1,
          use_skip_indexes_if_final_exact_mode: 1
        },
        ...(signal && { abort_signal: signal })
      })
    )
    return await this.#ask(() => result.json<Row>())
  }

  /** Runs a statement that gives nothing. Rejects with AuditError as `rows`. */
  async run(query: string, signal?: AbortSignal): Promise<void> {
    await this.#ask((client) => client.command({ query, ...(signal && { abort_signal: signal }) }))
  }

  /** Inserts rows. Rejects with AuditError `export_rejected` where the server cannot take these, else as `rows`. */
  async insert(table: string, values: readonly Row[], signal?: AbortSignal): Promise<void> {
    if (values.length === 0) return
    await this.#ask((client) =>
      client.insert({
        table: `${this.prefix}_${table}`,
        values,
        format: 'JSONEachRow',
        ...(signal && { abort_signal: signal })
      })
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not be made was told of by the statement that needed it.
    const own = await this.#own?.catch(() => undefined)
    await own?.close()
  }

  async #ask<T>(ask: (client: ClickHouseLike) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.#connect())
    } catch (cause) {
      throw problemOf(cause)
    }
  }

  async #connect(): Promise<ClickHouseLike> {
    if (!('url' in this.#server)) return this.#server
    this.#own ??= connect(this.#server)
    return await this.#own
  }
}

/** Loads the client, which takes tens of milliseconds: nobody waits for it as an application starts. */
async function connect(
  server: Exclude<Place['server'], ClickHouseLike>
): Promise<ClickHouseClient> {
  const { ClickHouseLogLevel, createClient } = await import('@clickhouse/client')
  return createClient({
    ...server,
    application: 'slm-audit',
    request_timeout: STATEMENT_MS,
    // It would write to the host's console; the log tells of problems by itself.
    log: { level: ClickHouseLogLevel.OFF }
  })
}

/** What the server says of rows that it cannot read, whatever the endpoint's state (`src/Common/ErrorCodes.cpp`). */
const REFUSED = new Set([
  'INCORRECT_DATA',
  'TOO_LARGE_STRING_SIZE',
  'ARGUMENT_OUT_OF_BOUND',
  'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'
])

/** The server's own words may quote the rows, which hold what people wrote: its code alone is told. */
function problemOf(cause: unknown): AuditError {
  const type = (cause as { readonly type?: unknown } | null)?.type
  if (typeof type !== 'string') {
    const message = `ClickHouse was not reached: ${messageOf(cause)}`
    return new AuditError('journal_unavailable', message, { cause })
  }
  if (REFUSED.has(type) || type.startsWith('CANNOT_PARSE_')) {
    return new AuditError('export_rejected', `ClickHouse refused the rows: ${type}`)
  }
  return new AuditError('journal_unavailable', `ClickHouse answered ${type}${hintFor(type)}`)
}

function hintFor(type: string): string {
  if (type === 'AUTHENTICATION_FAILED') return ': check username and password'
  if (type === 'ACCESS_DENIED') return ': grant the user SELECT and INSERT on the tables'
  if (type === 'UNKNOWN_DATABASE') return ': create the database first'
  if (type === 'UNKNOWN_TABLE')
    return ': no exporter has made the tables yet, or `table` has another name'
  return ''
}
