import { now } from '../base/clock.ts'
import type { Draft } from '../journal/journal.ts'
import { newAuditId } from './audit-id.ts'
import { composeDraft, type Members, member, word } from './header.ts'
import type { DraftRecord } from './record.ts'
import { sdk } from './sdk.ts'

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
