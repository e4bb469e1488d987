import {
  type AdminSigning,
  type Annotation,
  AuditError,
  isObject,
  parseRecord,
  pendingAnnotation
} from '@slm-audit/core/journal'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { sealedOfCalls } from '../store/sealed-rows.ts'
import { administer } from './administer.ts'

/** What is said, and of which calls. */
export interface AnnotateRequest {
  /** The calls, by auditId in full; one record is added for each. */
  readonly calls: readonly string[]
  /** What is said of each. */
  readonly annotation: Annotation
}

/**
 * Says something of calls that are stored, each with the context of its call. Resolves to the indices of the records, in the
 * order of the calls. Rejects with AuditError `bad_option` for an annotation that says nothing, `not_found` for a call
 * that is not in the log.
 */
export async function annotate(
  place: PlaceOptions,
  signing: AdminSigning,
  { calls, annotation }: AnnotateRequest
): Promise<readonly number[]> {
  if (!isObject(annotation) || Object.keys(annotation).length === 0) {
    const message = 'an annotation says something: { feedback, review, score, incident, note, … }'
    throw new AuditError('bad_option', message)
  }
  if (calls.length === 0) return []
  return await administer(place, signing, async ({ connection, writer, size }) => {
    const stored = await sealedOfCalls(connection, calls)
    const newest = new Map(stored.map((sealed) => [sealed.filedAs?.auditId, parseRecord(sealed)]))
    const pending = calls.map((auditId) => {
      const record = newest.get(auditId)
      if (record) return pendingAnnotation(record, annotation)
      throw new AuditError('not_found', `there is no call ${auditId} to annotate`)
    })
    await writer.appendNow(connection, size, [{ pending }])
    return calls.map((_, at) => size + at)
  })
}
