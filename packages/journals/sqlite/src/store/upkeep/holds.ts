import {
  foldHold,
  HOLD_ADDED,
  HOLD_RELEASED,
  type Hold,
  parseRecord,
  scopeTest
} from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { eventsOf } from '../event-rows.ts'

/** The holds of a log that are in force, oldest first. Read from the evidence itself. */
export function activeHolds(database: Database): readonly Hold[] {
  return eventsOf(database, [HOLD_ADDED, HOLD_RELEASED]).reduce<readonly Hold[]>(foldHold, [])
}

/** Tells by which incidents a record is held; one of which the scope is lost holds all records. */
export class HeldRecords {
  readonly holds: readonly Hold[]
  readonly #tests: readonly ((record: ReturnType<typeof parseRecord>) => boolean)[]

  constructor(holds: readonly Hold[]) {
    this.holds = holds
    this.#tests = holds.map(({ scope }) => (scope ? scopeTest(scope) : () => true))
  }

  /** The holds that keep a record. */
  holding({ header }: { readonly header: string }): readonly Hold[] {
    if (this.holds.length === 0) return []
    const record = parseRecord({ header })
    return this.holds.filter((_, at) => this.#tests[at]?.(record))
  }
}
