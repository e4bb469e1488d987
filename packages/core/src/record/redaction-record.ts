import { now } from '../base/clock.ts'
import { newAuditId } from './audit-id.ts'
import { SCHEMA } from './fields/record-fields.ts'
import { composeParts, member, optionalMember, word } from './header.ts'
import type { Alteration, AuditRecord } from './record.ts'
import { sdk } from './sdk.ts'
import type { Content, PendingRecord } from './sealed-record.ts'

/** The kind of the records that hold what contents became by a rule that came later. */
export const CONTENTS_REDACTED = 'contents.redacted'

/**
 * The record with what some contents of another became. It stands in the log before these are taken out, and has
 * their context, so that whoever erases a person's contents finds it.
 */
export function pendingRedaction(
  { auditId, context }: Pick<AuditRecord, 'auditId' | 'context'>,
  contents: readonly Content[],
  altered: readonly Alteration[]
): PendingRecord {
  const at = now()
  return composeParts({
    members: {
      schema: member(SCHEMA),
      sdk: member(sdk),
      kind: member(CONTENTS_REDACTED),
      stage: word('event' as const),
      auditId: word(newAuditId(at)),
      at: word(new Date(at).toISOString()),
      parent: member(auditId),
      context: optionalMember(context),
      event: member({ contents: contents.length })
    },
    asked: [],
    answered: contents,
    altered: [...altered]
  })
}
