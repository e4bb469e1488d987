import { type KnownRetention, POLICY_KINDS, retentionIn } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { eventsOf } from '../store/event-rows.ts'

/** What the newest policy of a log says of retention; `undefined` where there is none, or it says nothing. */
export function newestRetention(database: Database): KnownRetention | undefined {
  const newest = eventsOf(database, POLICY_KINDS).at(-1)
  return newest && retentionIn(newest)
}
