import type { PolicyDocument } from '@slm-audit/core'
import { AuditError, type ErasureNote, isObject } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import type { EraseScope } from './erase-scope.ts'

/** What is looked for in stored contents, and what becomes of it: as a policy and a rule of it say. */
export type RedactionRule = Pick<PolicyDocument, 'detectors'> &
  Pick<PolicyDocument['rules'][number], 'redact'>

/** A redaction that has begun. It stays in the database until all of it is done. */
export interface PendingRedaction {
  readonly rule: RedactionRule
  /** Whose contents; all unless given. */
  readonly scope?: EraseScope
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** Records before this one have been looked through. */
  readonly next: number
  /** Whether what was found is taken out now: what it became is stored. */
  readonly isTaking: boolean
}

const NAME = 'redacting'

/** Notes that a redaction has begun. Throws AuditError `journal_unavailable` while another one is under way. */
export function beginRedaction(database: Database, pending: PendingRedaction): void {
  const begin = database.transaction(() => {
    if (pendingRedactionIn(database)) {
      const message = `another redaction of ${database.name} is under way; wait for its end, then try again`
      throw new AuditError('journal_unavailable', message)
    }
    saveRedaction(database, pending)
  })
  begin.immediate()
}

/** Notes how far a redaction is, in the transaction of what it did. */
export function saveRedaction(database: Database, pending: PendingRedaction): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(NAME, JSON.stringify(pending))
}

/** The redaction that has begun and is not done. */
export function pendingRedactionIn(database: Database): PendingRedaction | undefined {
  const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(NAME)
  if (typeof text !== 'string') return undefined
  const value: unknown = JSON.parse(text)
  return isObject(value) ? (value as unknown as PendingRedaction) : undefined
}

/** All of it is done. */
export function endRedaction(database: Database): void {
  database.prepare('DELETE FROM meta WHERE name = ?').run(NAME)
}
