import { pendingEvent } from './event-record.ts'
import { type PendingRecord, parseRecord, type SealedRecord } from './sealed-record.ts'

/** The kind of the records that say of which records the contents went because of their age. */
export const CONTENTS_EXPIRED = 'contents.expired'

/** The kind of the records that say which records went as a whole because of their age. */
export const RECORDS_PRUNED = 'records.pruned'

/** What becomes of records by their age. */
export type Aging = typeof CONTENTS_EXPIRED | typeof RECORDS_PRUNED

/** Indices from the first to before the second. */
export type IndexRange = readonly [from: number, to: number]

/** What one step of retention took out. */
export interface AgedRecords {
  /** Records that lost something; for `records.pruned`, of the ranges some may have stayed. */
  readonly records: number
  /** Where they are, ascending; for `records.pruned`, whole tiles of 256. */
  readonly ranges: readonly IndexRange[]
  /** SHA-256 of the policy that says how long records are kept, as canonical JSON. */
  readonly policy: string
}

/**
 * The record of what retention took out, which is stored in the transaction that takes it out: a verifier
 * can tell what has aged from what somebody destroyed.
 */
export function pendingAging(kind: Aging, { records, ranges, policy }: AgedRecords): PendingRecord {
  return pendingEvent(kind, { policy, ranges: ranges.map((each) => [...each]), records })
}

/** The ranges that such a record names; `undefined` for any other record. */
export function readAging(
  sealed: Pick<SealedRecord, 'header'>
): { readonly kind: Aging; readonly ranges: readonly IndexRange[] } | undefined {
  const isNamed = sealed.header.includes(CONTENTS_EXPIRED) || sealed.header.includes(RECORDS_PRUNED)
  if (!isNamed) return undefined
  const { kind, stage, event } = parseRecord(sealed)
  if (stage !== 'event' || (kind !== CONTENTS_EXPIRED && kind !== RECORDS_PRUNED)) return undefined
  const ranges = Array.isArray(event?.ranges) ? event.ranges : []
  return { kind, ranges: ranges.filter(isRange) }
}

function isRange(value: unknown): value is IndexRange {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [from, to] = value
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to
}

/** Indices as ranges, each as long as it can be; they must ascend. */
export function rangesOf(indices: Iterable<number>): IndexRange[] {
  const ranges: [number, number][] = []
  for (const index of indices) {
    const last = ranges.at(-1)
    if (last && last[1] === index) last[1] = index + 1
    else ranges.push([index, index + 1])
  }
  return ranges
}
