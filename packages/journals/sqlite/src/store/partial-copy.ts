import type { Database } from '../driver/database.ts'

const NAME = 'partial'

/** Notes that a copy was not given all contents of its records; `verify` says so of it. */
export function markPartial(database: Database): void {
  database.prepare("INSERT OR REPLACE INTO meta VALUES (?, 'true')").run(NAME)
}

/** Whether a database is a copy that was not given all contents. */
export function isPartial(database: Database): boolean {
  return database.prepare('SELECT 1 FROM meta WHERE name = ?').get(NAME) !== undefined
}
