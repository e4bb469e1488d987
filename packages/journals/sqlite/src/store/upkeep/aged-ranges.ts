import {
  type Aging,
  CONTENTS_EXPIRED,
  type IndexRange,
  IndexRanges,
  RECORDS_PRUNED,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'

/** What retention took, as the table `aged` says: a note for whoever reads, which records of the log must bear out. */
export type AgedRanges = { readonly [Kind in Aging]: IndexRanges }

/** Reads what retention took. Nothing in a database of an earlier version. Throws SQLite's error. */
export function agedRanges(database: Database): AgedRanges {
  const ranges = { [CONTENTS_EXPIRED]: new IndexRanges(), [RECORDS_PRUNED]: new IndexRanges() }
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

/**
 * Records from one index to before another as verification reads them: with what retention took of each,
 * and with those that it took whole, of which the tree has the hash.
 */
export function* withAged(
  records: Iterable<StoredRecord>,
  [from, to]: IndexRange,
  aged: AgedRanges,
  leafOf: (index: number) => Uint8Array
): Generator<StoredRecord> {
  const { [CONTENTS_EXPIRED]: expired, [RECORDS_PRUNED]: pruned } = aged
  let next = from
  const prunedBefore = function* (index: number): Generator<StoredRecord> {
    for (; next < index && pruned.has(next); next++) {
      yield { index: next, leafHash: leafOf(next), header: '', contents: [], aged: RECORDS_PRUNED }
    }
  }
  for (const record of records) {
    yield* prunedBefore(record.index)
    yield expired.has(record.index) ? { ...record, aged: CONTENTS_EXPIRED } : record
    next = record.index + 1
  }
  yield* prunedBefore(to)
}
