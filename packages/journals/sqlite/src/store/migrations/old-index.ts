import type { Database } from '../../driver/database.ts'

/** Tables of the index that was kept in the log's own database up to schema 4. */
const TABLES = ['texts', 'tags', 'calls']
/** Rows that are deleted in one transaction. */
const SLICE = 500

/** Drops the old index where it never held anything, as in a database that is made new. */
export function dropEmptyIndex(database: Database): void {
  if (database.prepare('SELECT 1 FROM calls').get() !== undefined) return
  for (const table of TABLES) database.exec(`DROP TABLE ${table}`)
}

/**
 * Gives up a slice of the old index; its room is used by records that come. True when nothing of it
 * is left. Rows of calls are deleted before their table goes, because dropping a large one takes seconds.
 */
export function dropOldIndex(database: Database): boolean {
  const table = TABLES.find((name) => hasTable(database, name))
  if (table === undefined) return true
  const drop = database.transaction(() => {
    if (table !== 'texts' && deleteSlice(database, table) > 0) return
    database.exec(`DROP TABLE ${table}`)
  })
  drop.immediate()
  return false
}

function deleteSlice(database: Database, table: string): number {
  const key = table === 'tags' ? '(name, value, call)' : 'id'
  const columns = key.replace(/[()]/g, '')
  const slice = `SELECT ${columns} FROM ${table} LIMIT ${SLICE}`
  return database.prepare(`DELETE FROM ${table} WHERE ${key} IN (${slice})`).run().changes
}

function hasTable(database: Database, name: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined
}
