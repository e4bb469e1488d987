import { AuditError } from '@slm-audit/core/journal'
import { HASH_BYTES, TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { newestOwnCheckpoint } from './own-checkpoint.ts'
import { CONTENTS_PER_RECORD } from './schema.ts'
import { LEVELS } from './tree.ts'
import { unguarded } from './upkeep/unguarded.ts'

/** Rows of a table that no append can have written, as a condition, and what guards the table. */
interface Orphans {
  readonly table: string
  readonly condition: string
  readonly guard: string
}

/** What lay behind the end of a log. */
export interface Removed {
  /** Records, which are kept in the table `strays`. */
  readonly records: number
  /** Contents and tiles. */
  readonly rows: number
}

/**
 * Takes out rows that lie behind the end of a log and that no append wrote there, as they would stop every
 * later append: records without their leaves in the tree, which are set aside in the table `strays`, and
 * contents and tiles of records that are yet to come. What belongs to the log is not touched. Throws SQLite's
 * error.
 */
export function removeOrphans(database: Database): Removed {
  const remove = database.transaction(() => {
    let [records, rows] = [0, 0]
    // With a record that is taken out, tiles behind it are behind the end as well, and so on.
    for (let before = -1; before < records + rows; ) {
      before = records + rows
      records += setStraysAside(database)
      const all = orphansBehind(sizeOf(database))
      rows += all.reduce((sum, each) => sum + removeFrom(database, each), 0)
    }
    return { records, rows }
  })
  return remove.immediate()
}

/**
 * Throws AuditError `journal_damaged` where a log of some size has another number of leaves in its tree: then
 * somebody else has added or taken away rows.
 */
export function checkLeaves(database: Database, size: number): void {
  const leaves = leavesOf(database, size)
  if (leaves === size) return
  const message = `${database.name} has ${size} records and ${leaves} leaves: somebody else writes it`
  throw new AuditError('journal_damaged', message)
}

/** Leaves in the tree, up to the tile that the last of some records belongs to. */
export function leavesOf(database: Database, size: number): number {
  const newest = prepared(
    database,
    `SELECT id / ${LEVELS} * ${TILE_WIDTH} + length(hashes) / ${HASH_BYTES} FROM tiles
      WHERE id % ${LEVELS} = 0 AND id BETWEEN 0 AND CAST(? AS INTEGER) ORDER BY id DESC LIMIT 1`
  ).pluck()
  return Number(newest.get(Math.floor((size - 1) / TILE_WIDTH) * LEVELS) ?? 0)
}

/** Records are stored in one transaction with their leaves. One that a checkpoint signs is the log's all the same. */
function setStraysAside(database: Database): number {
  const size = sizeOf(database)
  const end = Math.max(leavesOf(database, size), newestOwnCheckpoint(database).newest?.size ?? 0)
  if (size <= end) return 0
  database.exec(
    'CREATE TABLE IF NOT EXISTS strays (found_at TEXT, idx INTEGER, audit_id TEXT, stage TEXT, header TEXT)'
  )
  database
    .prepare(
      'INSERT INTO strays SELECT ?, idx, audit_id, stage, header FROM records WHERE idx >= ?'
    )
    .run(new Date().toISOString(), end)
  const condition = `idx >= ${end}`
  return removeFrom(database, { table: 'records', condition, guard: 'records_no_delete' })
}

function sizeOf(database: Database): number {
  const size = database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck()
  return Number(size.get())
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
  const remove = database.prepare(`DELETE FROM main.${table} WHERE ${condition}`)
  return unguarded(database, [guard], () => remove.run().changes)
}
