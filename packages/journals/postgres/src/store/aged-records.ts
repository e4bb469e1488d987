import {
  type Aging,
  CONTENTS_EXPIRED,
  type IndexRange,
  IndexRanges,
  RECORDS_PRUNED,
  readAging,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'

/** Records of what retention took, by what their headers have; what says so in another place is told apart by parsing it. */
export const OF_AGING = `stage = 'event'
  AND (strpos(header, '"kind":"contents.expired"') > 0 OR strpos(header, '"kind":"records.pruned"') > 0)`

/** What of a log retention took, as its records say. */
export type AgedRanges = { readonly [Kind in Aging]: IndexRanges }

/** Reads what the log says that retention took. Rejects with AuditError. */
export async function agedRanges(connection: Connection): Promise<AgedRanges> {
  const ranges = { [CONTENTS_EXPIRED]: new IndexRanges(), [RECORDS_PRUNED]: new IndexRanges() }
  const rows = await connection.rows(
    `SELECT header FROM ${connection.schema}.records WHERE ${OF_AGING}`
  )
  for (const { header } of rows) {
    const aging = readAging({ header: String(header) })
    for (const range of aging?.ranges ?? []) if (aging) ranges[aging.kind].add(range)
  }
  return ranges
}

/**
 * Records from one index to before another as verification reads them: with what retention took of each, and with those
 * that it took whole, of which the tree has the hash.
 */
export function* withAged(
  records: Iterable<StoredRecord>,
  [from, to]: IndexRange,
  { [CONTENTS_EXPIRED]: expired, [RECORDS_PRUNED]: pruned }: AgedRanges,
  leafOf: (index: number) => Uint8Array
): Generator<StoredRecord> {
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
