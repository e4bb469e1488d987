import {
  CONTENTS_EXPIRED,
  IndexRanges,
  RECORDS_PRUNED,
  readAging,
  type SealedRecord
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import type { ScopedRecord } from '../erase/erase-scope.ts'
import { takeOut } from '../erase/take-out.ts'
import { agedRanges, noteAged } from '../store/upkeep/aged-ranges.ts'
import { PartUse } from './part-use.ts'
import { goingTile, pruneTiles } from './prune-tile.ts'

/**
 * Takes out of a copy what a record of retention says that the log has lost, where some of it stands before an index; in the
 * transaction that stores the record. Throws SQLite's error.
 */
export function followAging(database: Database, sealed: SealedRecord, before: number): void {
  const aging = readAging(sealed)
  if (!aging) return
  noteAged(database, aging.kind, aging.ranges)
  if (!aging.ranges.some(([from]) => from < before)) return
  database.pragma('secure_delete = ON')
  const { [CONTENTS_EXPIRED]: expired, [RECORDS_PRUNED]: pruned } = agedRanges(database)
  const named = new IndexRanges(aging.ranges)
  const use = new PartUse(database, (index) => {
    if (pruned.has(index)) return 'goes'
    return expired.has(index) ? 'expires' : 'stays'
  })
  while (use.look());
  for (const [from, to] of aging.ranges) {
    const sql = 'SELECT idx, audit_id, header FROM records WHERE idx >= ? AND idx < ?'
    const rows = database.prepare(sql).all(from, to) as ScopedRecord[]
    takeOut(database, rows, { keptParts: use.bytes })
    if (aging.kind !== RECORDS_PRUNED) continue
    const stays = (index: number) => !named.has(index) && !pruned.has(index)
    for (let at = from; at < to; at += TILE_WIDTH) {
      pruneTiles(database, [goingTile(database, at / TILE_WIDTH, { use, stays })], use)
    }
  }
}
