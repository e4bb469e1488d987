import {
  type AgedRanges,
  type Aging,
  type IndexRange,
  newAgedRanges
} from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'

/**
 * Reads what retention took, as the table `aged` says: a note for whoever reads, which records of the log must bear out. Nothing in
 * a database of an earlier version. Throws SQLite's error.
 */
export function agedRanges(database: Database): AgedRanges {
  const ranges = newAgedRanges()
  const has = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'aged'").get()
  if (has === undefined) return ranges
  const rows = database.prepare('SELECT kind, first, last FROM aged').raw().all()
  for (const [kind, first, last] of rows as [Aging, number, number][]) {
    // What somebody else wrote there says nothing.
    if (Object.hasOwn(ranges, kind)) ranges[kind].add([first, last])
  }
  return ranges
}

/** Notes that retention took something of records, in the transaction that takes it. */
export function noteAged(database: Database, kind: Aging, ranges: readonly IndexRange[]): void {
  const before = prepared(database, 'SELECT first FROM aged WHERE kind = ? AND last = ?').pluck()
  const put = prepared(database, 'INSERT OR REPLACE INTO aged VALUES (?, ?, ?)')
  for (const [from, to] of ranges) put.run(kind, before.get(kind, from) ?? from, to)
}
