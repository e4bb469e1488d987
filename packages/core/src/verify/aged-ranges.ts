import { IndexRanges } from '../record/index-ranges.ts'
import {
  type Aging,
  CONTENTS_EXPIRED,
  type IndexRange,
  RECORDS_PRUNED
} from '../record/retention-record.ts'
import type { StoredRecord } from './stored-log.ts'

/** What of a log retention took. */
export type AgedRanges = { readonly [Kind in Aging]: IndexRanges }

/** Those of a log of which retention took nothing; ranges may be added. */
export function newAgedRanges(): AgedRanges {
  return { [CONTENTS_EXPIRED]: new IndexRanges(), [RECORDS_PRUNED]: new IndexRanges() }
}

/**
 * Records from one index to before another as verification reads them: with what retention took of each,
 * and with those that it took whole, of which the tree has the hash.
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
