import type { Database } from './database.ts'
import { prepared } from './prepared.ts'

/** What was found in a database; nothing of its schema goes away while it is open. */
const known = new WeakMap<Database, Set<string>>()

/** Whether a database has a table or an index of this name: one of an earlier version may have none until it is written. */
export function hasSchema(database: Database, name: string): boolean {
  const found = known.get(database) ?? new Set<string>()
  known.set(database, found)
  if (found.has(name)) return true
  const select = prepared(database, 'SELECT 1 FROM sqlite_schema WHERE name = ?')
  if (select.get(name) === undefined) return false
  found.add(name)
  return true
}
