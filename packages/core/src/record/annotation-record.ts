import { now } from '../base/clock.ts'
import type { Annotation } from './annotation.ts'
import { newAuditId } from './audit-id.ts'
import { SCHEMA } from './fields/record-fields.ts'
import { composeDraft, member, optionalMember, word } from './header.ts'
import type { AuditRecord } from './record.ts'
import { sdk } from './sdk.ts'
import type { PendingRecord } from './sealed-record.ts'

/** The kind of the records that say something of a call. */
export const ANNOTATION = 'annotation'

/**
 * The record of an annotation that is made where no log of the application is open, as by a command: it
 * has the context of the call, so that whoever asks for a user's or a session's records finds it.
 */
export function pendingAnnotation(
  { auditId, context }: Pick<AuditRecord, 'auditId' | 'context'>,
  annotation: Annotation
): PendingRecord {
  const at = now()
  return composeDraft(
    {
      schema: member(SCHEMA),
      sdk: member(sdk),
      kind: member(ANNOTATION),
      stage: word('event' as const),
      auditId: word(newAuditId(at)),
      at: word(new Date(at).toISOString()),
      parent: member(auditId),
      context: optionalMember(context),
      event: member(annotation)
    },
    []
  )
}
