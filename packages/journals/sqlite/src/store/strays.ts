import { tilesOf } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { strayValues } from './cold/stray-values.ts'
import { CONTENTS_PER_RECORD } from './schema.ts'

/**
 * How many rows of the evidence belong to nothing: records before the first, contents without a record,
 * tiles beyond the end, checkpoints that sign nothing, cosignatures without their checkpoint, values in blocks that no
 * row has, such as one that was emptied. No append
 * wrote them, and nothing else would ever show them. Throws SQLite's error.
 */
export function countStrays(database: Database, size: number): number {
  const count = (sql: string, ...values: readonly unknown[]) =>
    Number(
      database
        .prepare(`SELECT count(*) FROM ${sql}`)
        .pluck()
        .get(...values)
    )
  let tiles = 0
  for (const _ of tilesOf(size)) tiles++
  return (
    count('records WHERE idx < 0') +
    count('contents WHERE id < 0 OR id >= CAST(? AS INTEGER)', size * CONTENTS_PER_RECORD) +
    Math.max(0, count('tiles') - tiles) +
    count('checkpoints WHERE size <= 0') +
    count('cosignatures WHERE size NOT IN (SELECT size FROM checkpoints)') +
    strayValues(database)
  )
}
