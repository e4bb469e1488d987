import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { Annotation } from '../record/annotation.ts'
import { pendingAnnotation } from '../record/annotation-record.ts'
import type { AuditRecord } from '../record/record.ts'
import type { PendingRecord } from '../record/sealed-record.ts'
import { type AdminSigning, SIGNING_OPTIONS } from './signing.ts'

/** What is said, and of which calls. */
export interface AnnotateOptions extends AdminSigning {
  /** The calls, by auditId in full; one record is added for each. */
  readonly calls: readonly string[]
  /** What is said of each. */
  readonly annotation: Annotation
}

/** What was added. */
export interface AnnotateReport {
  /** Indices of the records in the log, in the order of the calls. */
  readonly indices: readonly number[]
}

const OPTIONS = ['calls', 'annotation', ...SIGNING_OPTIONS]

/** Throws AuditError `bad_option` for an annotation that says nothing. */
export function checkAnnotate(options: AnnotateOptions): void {
  refuseUnknown('annotateCalls', options, OPTIONS)
  const { annotation } = options
  if (isObject(annotation) && Object.keys(annotation).length > 0) return
  const message = 'an annotation says something: { feedback, review, score, incident, note, … }'
  throw new AuditError('bad_option', message)
}

/**
 * The records of an annotation, in the order of the calls; `newestOf` gives the newest record of a call. Throws AuditError
 * `not_found` for a call that has none.
 */
export function pendingAnnotations(
  { calls, annotation }: Pick<AnnotateOptions, 'calls' | 'annotation'>,
  newestOf: (auditId: string) => Pick<AuditRecord, 'auditId' | 'context'> | undefined
): PendingRecord[] {
  return calls.map((auditId) => {
    const newest = newestOf(auditId)
    if (newest) return pendingAnnotation(newest, annotation)
    throw new AuditError('not_found', `there is no call ${auditId} to annotate`)
  })
}
