import type { Draft } from '../journal/journal.ts'
import { composeDraft, type Members, member } from './header.ts'
import type { AuditRecord } from './record.ts'

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
