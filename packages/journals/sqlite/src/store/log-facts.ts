import { parseRecord, READS_AUDITED } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'

const PARTIAL = 'partial'

/** Notes that a copy was not given all contents of its records; `verify` says so of it. */
export function markPartial(database: Database): void {
  database.prepare("INSERT OR REPLACE INTO meta VALUES (?, 'true')").run(PARTIAL)
}

/** Whether a database is a copy that was not given all contents. */
export function isPartial(database: Database): boolean {
  return database.prepare('SELECT 1 FROM meta WHERE name = ?').get(PARTIAL) !== undefined
}

const AUDITED = 'reads audited'

/** Whether the log records who reads it. The record that says so is stored together with this. */
export function areReadsAudited(database: Database): boolean {
  return database.prepare('SELECT 1 FROM meta WHERE name = ?').get(AUDITED) !== undefined
}

/** Takes an event that is being stored, by its header: one that begins the recording of accesses is remembered. */
export function rememberReadsAudited(database: Database, header: string): void {
  // A tag may say so as well, which parsing tells apart.
  if (!header.includes(`"kind":"${READS_AUDITED}"`)) return
  if (parseRecord({ header }).kind !== READS_AUDITED) return
  database.prepare("INSERT OR REPLACE INTO meta VALUES (?, 'true')").run(AUDITED)
}
