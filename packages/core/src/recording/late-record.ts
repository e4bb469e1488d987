import { now } from '../base/clock.ts'
import type { PendingRecord } from '../record/sealed-record.ts'

/**
 * A record whose time is further back than this when it is sealed says when it was, in milliseconds. Well below what
 * verification takes for a clock that was set back.
 */
export const LATE_MS = 30_000

/**
 * Marks those records whose time is long past as sealed now, so that nobody takes them for a clock that was set back.
 * For whoever knows that they may have waited: with a clock that really was set back they have the time of now, and
 * are not marked.
 */
export function markLate(records: readonly PendingRecord[]): readonly PendingRecord[] {
  const at = now()
  const limit = isoOf(at - LATE_MS)
  // Instants of the same form sort as texts.
  if (records.every(({ record }) => record.at >= limit)) return records
  const sealedAt = isoOf(at)
  return records.map((one) => (one.record.at >= limit ? one : { ...one, sealedAt }))
}

function isoOf(at: number): string {
  return new Date(Math.max(0, at)).toISOString()
}
