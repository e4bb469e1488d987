import type { Reader } from '@slm-audit/core/reader'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { ReadingPool } from './connection/reading-pool.ts'
import { PostgresReader } from './read/reader.ts'
import { checkReadable } from './store/schema.ts'

/**
 * Opens a log in PostgreSQL for reading; a replica will do. Rejects with AuditError: `bad_option`,
 * `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function openPostgresReader(options: PlaceOptions): Promise<Reader> {
  const pool = new ReadingPool(checkPlace(options))
  try {
    await pool.read((connection) => checkReadable(connection))
    return new PostgresReader(pool)
  } catch (error) {
    await pool.close()
    throw error
  }
}
