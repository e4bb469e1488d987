import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { CONTENTS_PER_RECORD } from './schema.ts'
import { LEVELS } from './tree.ts'

/** Rows of a table that no append can have written, as a condition, and what guards the table. */
interface Orphans {
  readonly table: string
  readonly condition: string
  readonly guard: string
}

/**
 * Takes out rows that lie behind the end of a log and that no append wrote there: contents of records,
 * and tiles of a tree, that are yet to come. They would stop every later append. Returns how many
 * there were; the records, their contents and their tree are not touched. Throws SQLite's error.
 */
export function removeOrphans(database: Database): number {
  const remove = database.transaction(() => {
    const sizeOf = database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck()
    const all = orphansBehind(Number(sizeOf.get()))
    return all.reduce((removed, each) => removed + removeFrom(database, each), 0)
  })
  return remove.immediate()
}

function orphansBehind(size: number): Orphans[] {
  const tiles = Array.from({ length: LEVELS }, (_, level) => {
    const hashes = Math.floor(size / TILE_WIDTH ** level)
    const first = Math.ceil(hashes / TILE_WIDTH) * LEVELS
    return `(id >= ${first} AND id % ${LEVELS} = ${level})`
  })
  return [
    {
      table: 'contents',
      condition: `id >= ${size * CONTENTS_PER_RECORD}`,
      guard: 'contents_no_delete'
    },
    { table: 'tiles', condition: tiles.join(' OR '), guard: 'tiles_no_delete' }
  ]
}

/** Without the trigger that guards the table; in a transaction, so that it is away for nobody else. */
function removeFrom(database: Database, { table, condition, guard }: Orphans): number {
  const found = database.prepare(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`).get()
  if (found === undefined) return 0
  const trigger = database
    .prepare(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?`)
    .pluck()
    .get(guard)
  if (trigger !== undefined) database.exec(`DROP TRIGGER ${guard}`)
  const { changes } = database.prepare(`DELETE FROM ${table} WHERE ${condition}`).run()
  if (trigger !== undefined) database.exec(String(trigger))
  return changes
}
