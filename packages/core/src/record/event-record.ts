import { now } from '../base/clock.ts'
import { newAuditId } from './audit-id.ts'
import { CALL_FIELDS } from './fields/call-fields.ts'
import { coerce } from './fields/coerce.ts'
import { SCHEMA } from './fields/record-fields.ts'
import { composeDraft, type Members, member, word } from './header.ts'
import type { AuditRecord, UnplacedRecord } from './record.ts'
import { sdk } from './sdk.ts'
import type { Content, PendingRecord } from './sealed-record.ts'
import { splitFacts } from './split-facts.ts'

/**
 * A record that is not a call and that a journal makes by itself: a key, a heartbeat. Its audit id is new, unless it may
 * have been stored before.
 */
export function pendingEvent(
  kind: string,
  event: NonNullable<UnplacedRecord['event']>,
  contents: readonly Content[] = [],
  auditId?: string
): PendingRecord {
  const at = now()
  const members: Members = {
    schema: member(SCHEMA),
    sdk: member(sdk),
    kind: member(kind),
    stage: word('event' as const),
    auditId: word(auditId ?? newAuditId(at)),
    at: word(new Date(at).toISOString()),
    event: member(event)
  }
  return composeDraft(members, contents)
}

/**
 * The terminal record of a call whose process ended before it did, made from its `received` record
 * by whoever opens the journal next. How long the call took is unknown, so it says nothing of it.
 *
 * @param at Unix time in milliseconds.
 */
export function pendingAbandoned(received: AuditRecord, at: number): PendingRecord {
  const { log: _place, system: _then, altered: _marks, ...header } = received
  const record = {
    ...header,
    ...(header.call && { call: callOf(header.call) }),
    schema: SCHEMA,
    stage: 'abandoned' as const,
    at: new Date(at).toISOString(),
    outcome: { by: 'crash' as const }
  }
  const members = Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, member(value)])
  )
  return composeDraft(members as Members, [])
}

/** The request of a record that an older version wrote, as a header holds it now; its record keeps the rest. */
function callOf(call: NonNullable<AuditRecord['call']>): typeof call {
  const settings = splitFacts(call.settings).facts
  return coerce<object>(CALL_FIELDS, { ...call, settings }, '/call', []).value as typeof call
}
