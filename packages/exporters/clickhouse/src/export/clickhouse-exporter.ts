import {
  AuditError,
  type Exporter,
  type ExportResult,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core/exporter'
import { Connection } from '../connection/connection.ts'
import { checkPlace, PLACE_OPTIONS, type Place, type PlaceOptions } from '../connection/place.ts'
import { callRow } from '../store/call-row.ts'
import { makeTables } from '../store/schema.ts'
import { type ParsedRecord, parsed, recordRow, recordsAt } from '../store/sealed-rows.ts'
import { type KeepDays, readKeepDays } from './expiry.ts'
import { followErasures } from './follow-erasures.ts'
import { gatherCalls } from './gather-calls.ts'

/** Options of `clickhouseExporter`. */
export interface ClickHouseExporterOptions extends PlaceOptions {
  /** Names the cursor; `clickhouse` unless given. */
  readonly name?: string
  /**
   * How many days records stay, by the name of their class of retention, `default` for all others; for ever unless
   * given. The server takes them out after that day.
   */
  readonly keepDays?: KeepDays
  /**
   * Whether figures by the hour are kept for dashboards, in the table whose name ends in `_hours`: a view that the server makes anew
   * every hour. It needs a database of the engine Atomic or Replicated; false unless given.
   */
  readonly rollups?: boolean
}

/**
 * Keeps a copy of a log in ClickHouse, for search and statistics (`openClickHouseReader`). It makes its tables on the
 * first delivery. A record that comes twice is kept once; an erasure in the log is followed before it is acknowledged.
 * The log remains the evidence. Throws AuditError `bad_option`.
 */
export function clickhouseExporter(options: ClickHouseExporterOptions): Exporter {
  refuseUnknown('clickhouseExporter', options, [...PLACE_OPTIONS, 'name', 'keepDays', 'rollups'])
  const { name = 'clickhouse', keepDays, rollups = false } = options
  if (typeof rollups !== 'boolean') {
    throw new AuditError('bad_option', 'rollups must be true or false')
  }
  const dayOf = readKeepDays(keepDays)
  return new ClickHouseExporter(name, checkPlace(options), rollups, ({ header }) => dayOf(header))
}

class ClickHouseExporter implements Exporter {
  readonly name: string
  readonly #place: Place
  readonly #hasRollups: boolean
  readonly #expiresOn: (record: ParsedRecord) => string
  #connection: Connection | undefined
  #isReady = false

  constructor(
    name: string,
    place: Place,
    hasRollups: boolean,
    expiresOn: (record: ParsedRecord) => string
  ) {
    this.name = name
    this.#place = place
    this.#hasRollups = hasRollups
    this.#expiresOn = expiresOn
  }

  async export(batch: readonly SealedRecord[], signal: AbortSignal): Promise<ExportResult> {
    try {
      signal.throwIfAborted()
      await this.#store(batch, signal)
      return { status: 'stored' }
    } catch (error) {
      const isRefused = AuditError.is(error) && error.code === 'export_rejected'
      return { status: isRefused ? 'rejected' : 'retry', error }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    this.#isReady = false
    await connection?.[Symbol.asyncDispose]()
  }

  async #store(batch: readonly SealedRecord[], signal: AbortSignal): Promise<void> {
    this.#connection ??= new Connection(this.#place)
    const connection = this.#connection
    const records = batch.flatMap((sealed) => parsed(sealed) ?? [])
    if (!this.#isReady) {
      await makeTables(connection, this.#hasRollups, signal)
      await refuseOtherLog(connection, records, signal)
      this.#isReady = true
    }
    const dayOf = this.#expiresOn
    await connection.insert(
      'records',
      records.map((each) => recordRow(each, dayOf(each))),
      signal
    )
    const calls = await gatherCalls(connection, records, signal)
    await connection.insert(
      'calls',
      calls.map((call) => callRow(call, dayOf(call.records[0]))),
      signal
    )
    await followErasures(connection, records, dayOf, signal)
  }
}

/** Two logs in the same tables would hide each other's calls. Rejects with AuditError `export_failed`. */
async function refuseOtherLog(
  connection: Connection,
  records: readonly ParsedRecord[],
  signal: AbortSignal
): Promise<void> {
  const leaves = new Map(records.map(({ sealed }) => [sealed.index, String(sealed.leafHash)]))
  const stored = await recordsAt(connection, [...leaves.keys()], signal)
  const other = stored.find(({ sealed }) => leaves.get(sealed.index) !== String(sealed.leafHash))
  if (!other) return
  throw new AuditError(
    'export_failed',
    `${connection.prefix}_records holds another log: its record ${other.sealed.index} is not ours; give the option table another name`
  )
}
