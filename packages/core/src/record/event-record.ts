import { now } from '../base/clock.ts'
import { newAuditId } from './audit-id.ts'
import { composeDraft, type Members, member, word } from './header.ts'
import type { AuditRecord, DraftRecord } from './record.ts'
import { sdk } from './sdk.ts'
import type { Draft } from './sealed-record.ts'

/** A record that is no call and that a journal makes by itself: a key, a heartbeat. */
export function eventDraft(kind: string, event: NonNullable<DraftRecord['event']>): Draft {
  const at = now()
  const members: Members = {
    schema: member(1 as const),
    sdk: member(sdk),
    kind: member(kind),
    stage: word('event' as const),
    auditId: word(newAuditId(at)),
    at: word(new Date(at).toISOString()),
    event: member(event)
  }
  return composeDraft(members, [])
}

/**
 * The terminal record of a call whose process ended before it did, made from its `received` record
 * by whoever opens the journal next. How long the call took is unknown, so it says nothing of it.
 *
 * @param at Unix time in milliseconds.
 */
export function abandonedDraft(received: AuditRecord, at: number): Draft {
  const { log: _place, system: _then, altered: _marks, ...header } = received
  const record = {
    ...header,
    stage: 'abandoned' as const,
    at: new Date(at).toISOString(),
    outcome: { by: 'crash' as const }
  }
  const members = Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, member(value)])
  )
  return composeDraft(members as Members, [])
}
