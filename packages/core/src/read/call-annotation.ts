import type { AnnotationKind } from '../record/annotation.ts'

/** Something that was said of a call, as readers get it. */
export interface CallAnnotation {
  /** auditId of the annotation's own record. */
  readonly auditId: string
  /** The place of its record in the log. */
  readonly index: number
  /** When it was said: ISO 8601, UTC. */
  readonly at: string
  /** What kinds of things it says; none of the known ones for an application's own. */
  readonly kinds: readonly AnnotationKind[]
  /** What it says, with its texts as far as they are stored. */
  readonly says: { readonly [name: string]: unknown }
}
