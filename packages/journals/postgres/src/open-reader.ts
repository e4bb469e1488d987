import type { Reader } from '@slm-audit/core/reader'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { GrowthListener } from './connection/growth-listener.ts'
import { ReadingPool } from './connection/reading-pool.ts'
import { PostgresReader } from './read/reader.ts'
import { checkReadable } from './store/schema.ts'

/**
 * Opens a log in PostgreSQL for reading; a replica will do. Rejects with AuditError: `bad_option`,
 * `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function openPostgresReader(options: PlaceOptions): Promise<Reader> {
  const place = checkPlace(options)
  const pool = new ReadingPool(place)
  try {
    await pool.read((connection) => checkReadable(connection))
    return new PostgresReader(pool, (grown) => new GrowthListener(place, grown))
  } catch (error) {
    await pool.close()
    throw error
  }
}
