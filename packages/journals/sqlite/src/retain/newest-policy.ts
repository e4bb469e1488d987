import { AuditError, parseRecord, type RetentionPolicy } from '@slm-audit/core/journal'
import { parsePolicy } from '@slm-audit/core/policy'
import type { Database } from '../driver/database.ts'
import { eventsOf } from '../store/event-rows.ts'

/** How long records are kept, and the digest of the policy that says so. */
export interface KnownRetention {
  readonly retention: RetentionPolicy
  readonly digest: string
}

/** What the newest policy of a log says of retention; `undefined` where there is none, or it says nothing. */
export function retentionIn(database: Database): KnownRetention | undefined {
  const newest = eventsOf(database, ['policy.set', 'policy.changed']).at(-1)
  const event = newest && parseRecord(newest).event
  const document = event?.policy as { readonly retention?: RetentionPolicy } | undefined
  if (!document?.retention) return undefined
  return { retention: document.retention, digest: String(event?.digest) }
}

/** What a policy says of retention. Throws AuditError `bad_policy` for one that cannot be used, or says nothing of it. */
export function retentionOf(policy: unknown): KnownRetention {
  const { document, digest } = parsePolicy(policy)
  if (document.retention) return { retention: document.retention, digest }
  throw new AuditError('bad_policy', `the policy says nothing of retention; ${NEXT}`)
}

/** What to do for a log of which no policy says how long it is kept. */
export const NEXT = 'give it classes under retention; docs/guide/retention.md shows how'
