import { AuditError, type ErasureNote, isObject } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import type { EraseScope } from './erase-scope.ts'

/** An erasure that has begun. It stays in the database until all of it is done. */
export interface PendingErasure {
  readonly scope: EraseScope
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
}

const NAME = 'erasing'

/**
 * Notes that an erasure has begun, so that whoever opens the log next finishes what a kill has cut
 * short. Throws AuditError `journal_busy` while another one is under way.
 */
export function beginErasure(database: Database, pending: PendingErasure): void {
  const begin = database.transaction(() => {
    if (pendingErasureIn(database)) {
      const message = `another erasure of ${database.name} is under way; wait for its end, then try again`
      throw new AuditError('journal_unavailable', message)
    }
    database.prepare('INSERT INTO meta VALUES (?, ?)').run(NAME, JSON.stringify(pending))
  })
  begin.immediate()
}

/** The erasure that has begun and is not done. */
export function pendingErasureIn(database: Database): PendingErasure | undefined {
  const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(NAME)
  if (typeof text !== 'string') return undefined
  const value: unknown = JSON.parse(text)
  return isObject(value) ? (value as unknown as PendingErasure) : undefined
}

/** All of it is done. */
export function endErasure(database: Database): void {
  database.prepare('DELETE FROM meta WHERE name = ?').run(NAME)
}
