import {
  type AuditRecord,
  foldHold,
  HOLD_ADDED,
  HOLD_RELEASED,
  type Hold,
  parseRecord,
  scopeTest
} from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { eventsOf } from '../event-rows.ts'

/** The holds of a log that are in force, oldest first. Read from the evidence itself. */
export function activeHolds(database: Database): readonly Hold[] {
  return eventsOf(database, [HOLD_ADDED, HOLD_RELEASED]).reduce<readonly Hold[]>(foldHold, [])
}

/**
 * Tells by which holds a record is kept: those of its own, and those of the call that it says something of. A hold
 * of which the scope is lost keeps all records.
 */
export class HeldRecords {
  readonly holds: readonly Hold[]
  readonly #database: Database
  readonly #tests: readonly ((record: AuditRecord) => boolean)[]

  constructor(database: Database, holds: readonly Hold[]) {
    this.#database = database
    this.holds = holds
    this.#tests = holds.map(({ scope }) => (scope ? scopeTest(scope) : () => true))
  }

  /** The holds that keep a record. Throws SQLite's error. */
  holding(row: { readonly header: string }): readonly Hold[] {
    if (this.holds.length === 0) return []
    const records = [...this.#withSubjects(parseRecord(row))]
    return this.holds.filter((_, at) => records.some((record) => this.#tests[at]?.(record)))
  }

  /** A record, and those that it is about: of an annotation the records of its call. */
  *#withSubjects(record: AuditRecord, seen = new Set<string>()): Generator<AuditRecord> {
    yield record
    const { auditId, parent, stage } = record
    if (stage !== 'event' || parent === undefined || seen.has(auditId)) return
    seen.add(auditId)
    const rows = prepared(this.#database, SUBJECT).all(parent) as { readonly header: string }[]
    for (const row of rows) yield* this.#withSubjects(parseRecord(row), seen)
  }
}

const SUBJECT = 'SELECT header FROM records WHERE audit_id = ?'
