import { type AccessOptions, guardReader, type Reader } from '@slm-audit/core/reader'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { GrowthListener } from './connection/growth-listener.ts'
import { ReadingPool } from './connection/reading-pool.ts'
import { PostgresReader } from './read/reader.ts'
import { checkReadable } from './store/schema.ts'
import { accessTo } from './upkeep/record-access.ts'

/** Options of `openPostgresReader`. */
export interface PostgresReaderOptions extends PlaceOptions {
  /** Who reads, why, and how much of the contents: docs/guide/access.md. */
  readonly access?: AccessOptions
  /** Whether what is listed is about to be exported, and recorded as that; false unless given. */
  readonly isExport?: boolean
}

/**
 * Opens a log in PostgreSQL for reading; a replica will do, but for a log that records who reads it: that gets a record of
 * each access before anything is given. Rejects with AuditError: `bad_option`, `journal_unavailable`, `journal_newer`,
 * `journal_damaged`, `denied`.
 */
export async function openPostgresReader({
  access: asked,
  isExport = false,
  ...options
}: PostgresReaderOptions): Promise<Reader> {
  const place = checkPlace(options)
  const pool = new ReadingPool(place)
  try {
    const { access, record } = await pool.read(async (connection) => {
      await checkReadable(connection)
      return await accessTo(options, connection, asked)
    })
    const reader = new PostgresReader(pool, (grown) => new GrowthListener(place, grown))
    if (!record && access.contents === 'whole' && access.until === undefined) return reader
    return guardReader(reader, { access, isExport, ...(record && { record }) })
  } catch (error) {
    await pool.close()
    throw error
  }
}
