import {
  CONTENTS_EXPIRED,
  type IndexRange,
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
import { goingTile, leftBehind, pruneTiles } from './prune-tile.ts'

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
  const tiles = aging.kind === RECORDS_PRUNED ? tilesOf(aging.ranges, before) : []
  const mayGo = (index: number) => named.has(index) || pruned.has(index)
  const left = new Set(tiles.flatMap((tile) => [...leftBehind(database, tile, mayGo)]))
  const goes = (index: number) => tiles.length > 0 && named.has(index) && !left.has(index)
  const use = new PartUse(database, (index) => {
    if (goes(index)) return 'goes'
    // What is there of tiles that went was left behind.
    return expired.has(index) || pruned.has(index) ? 'expires' : 'stays'
  })
  while (use.look());
  for (const [from, to] of aging.ranges) {
    const sql = 'SELECT idx, audit_id, header FROM records WHERE idx >= ? AND idx < ?'
    const rows = database.prepare(sql).all(from, to) as ScopedRecord[]
    takeOut(database, rows, { keptParts: use.bytes })
  }
  for (const tile of tiles) {
    pruneTiles(database, [goingTile(database, tile, { use, goes, keptParts: use.bytes })], use)
  }
}

/** The whole tiles among some ranges, as far as anything stands before an index. */
function tilesOf(ranges: readonly IndexRange[], before: number): number[] {
  const tiles: number[] = []
  for (const [from, to] of ranges) {
    const end = Math.floor(Math.min(to, before + TILE_WIDTH) / TILE_WIDTH)
    for (let tile = Math.ceil(from / TILE_WIDTH); tile < end; tile++) tiles.push(tile)
  }
  return tiles
}
