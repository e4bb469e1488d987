import { isObject, type RetentionPolicy } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'

/** A run of retention that has begun. It stays in the database until all of it is done. */
export interface PendingRetention {
  /** How long records are kept. */
  readonly retention: RetentionPolicy
  /** SHA-256 of the policy that says so, as canonical JSON. */
  readonly digest: string
  /** The moment that decides what is due, in milliseconds. */
  readonly now: number
}

const NAME = 'retaining'

/** Notes that a run has begun, so that whoever opens the log next finishes what a kill has cut short. */
export function beginRetention(database: Database, pending: PendingRetention): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(NAME, JSON.stringify(pending))
}

/** The run that has begun and is not done. */
export function pendingRetentionIn(database: Database): PendingRetention | undefined {
  const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(NAME)
  if (typeof text !== 'string') return undefined
  const value: unknown = JSON.parse(text)
  return isObject(value) ? (value as unknown as PendingRetention) : undefined
}

/** All of it is done. */
export function endRetention(database: Database): void {
  database.prepare('DELETE FROM meta WHERE name = ?').run(NAME)
}
