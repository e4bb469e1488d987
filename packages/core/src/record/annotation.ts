import { isObject } from '../base/json.ts'

/** What an annotation can be, in the order in which it is shown. */
export const ANNOTATION_KINDS = [
  'feedback',
  'review',
  'score',
  'evaluation',
  'incident',
  'ticket',
  'guardrail',
  'label',
  'correction',
  'note'
] as const

/** One of the things that an annotation can be. */
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number]

/**
 * What is said of a call after it was made. One annotation may say several things; other members are kept
 * as well. Numbers, listed words and the ids of incidents, tickets and guardrails stand in the record's
 * header, where filters find them for good; all else is a content, which can be erased.
 */
export interface Annotation {
  /** What a user thought: `up`, `down`, a number, or words. */
  readonly feedback?: unknown
  /** What a reviewer decided: `approved`, `rejected`, …, or an object with `verdict` and more. */
  readonly review?: unknown
  /** Scores by their names, as `{ helpful: 0.4 }`, or one score. Found by `score.helpful:<0.5`. */
  readonly score?: number | { readonly [name: string]: number }
  /** What an evaluation found; as `review`. */
  readonly evaluation?: unknown
  /** Id of an incident that the call belongs to: `INC-7`. */
  readonly incident?: string
  /** Id of a ticket, or its address. */
  readonly ticket?: string
  /** What a guardrail did: its name, or an object with `name` and `action`. */
  readonly guardrail?: unknown
  /** A word that the call is sorted by. */
  readonly label?: string
  /** What the answer should have been. */
  readonly correction?: unknown
  /** Anything in words. */
  readonly note?: unknown
  /** Who says so. */
  readonly by?: string
  /** Anything else. */
  readonly [name: string]: unknown
}

/** What an annotation names of `ANNOTATION_KINDS`. */
export function kindsOf(annotation: object): AnnotationKind[] {
  return ANNOTATION_KINDS.filter((kind) => {
    try {
      return (annotation as Annotation)[kind] !== undefined
    } catch {
      // A getter that throws; what is recorded says so.
      return false
    }
  })
}

/** The auditId of what an annotation is about: the id itself, or an object that has it. */
export function subjectOf(about: unknown): string | undefined {
  const id: unknown = isObject(about) ? about.auditId : about
  return typeof id === 'string' && id !== '' ? id : undefined
}
