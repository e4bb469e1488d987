import { refuseUnknown } from '@slm-audit/core/exporter'
import type { Reader } from '@slm-audit/core/reader'
import { Connection } from '../connection/connection.ts'
import { checkPlace, PLACE_OPTIONS, type PlaceOptions } from '../connection/place.ts'
import { checkTables } from '../store/schema.ts'
import { ClickHouseReader } from './reader.ts'

/**
 * Opens the copy of a log that `clickhouseExporter` keeps, for reading. Rejects with AuditError: `bad_option`,
 * `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function openClickHouseReader(options: PlaceOptions): Promise<Reader> {
  refuseUnknown('openClickHouseReader', options, PLACE_OPTIONS)
  const connection = new Connection(checkPlace(options))
  try {
    await checkTables(connection)
    return new ClickHouseReader(connection)
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
}
