import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { Annotation } from '../record/annotation.ts'
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

/** A call that is to be annotated and is not in the log. */
export function noCallToAnnotate(auditId: string): AuditError {
  return new AuditError('not_found', `there is no call ${auditId} to annotate`)
}
