import { FIELDS, type NumberField } from '@slm-audit/core/reader'

/** Buckets of a share, each as wide. */
const SHARES = 20
/** The last bucket of durations and counts: 200 days in milliseconds, and what is more. */
const LAST = 35

/**
 * The bucket of a number, by which the index finds calls: one for each power of two, or for each
 * twentieth of a share. A call's exact number is compared as well.
 */
export function bucketOf(field: NumberField, value: number): number {
  if (FIELDS[field].unit === 'share') {
    return Math.max(0, Math.min(SHARES - 1, Math.floor(value * SHARES)))
  }
  return value < 1 ? 0 : Math.min(LAST, 1 + Math.floor(Math.log2(value)))
}

/** The last bucket of a field. */
export function lastBucket(field: NumberField): number {
  return FIELDS[field].unit === 'share' ? SHARES - 1 : LAST
}
