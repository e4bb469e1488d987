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

/** What a guardrail of the application found, and what it did. */
export interface Guardrail {
  /** Which guardrail: `prices`, `prompt-injection`, …. */
  readonly name: string
  /** What it did: `allowed`, `flagged`, `blocked`, `masked`, `rewritten`. */
  readonly action?: string
  /** What it looked at: `input` or `output`. */
  readonly on?: string
  /** How sure it is, from 0 to 1. */
  readonly score?: number
  /** Why, in words: a content, which can be erased and redacted. */
  readonly reason?: string
  /** Anything else. */
  readonly [name: string]: unknown
}

/** What guardrails found of a call, as policies match it. */
export interface Verdicts {
  /** Their names. */
  readonly guardrails: readonly string[]
  /** What they did. */
  readonly verdicts: readonly string[]
}

/** What an annotation says of a guardrail; nothing where it says none. */
export function verdictsOf(annotation: unknown): Verdicts | undefined {
  const said: unknown = isObject(annotation) ? annotation.guardrail : undefined
  const { name, action } = isObject(said) ? said : { name: said, action: undefined }
  const texts = (value: unknown) => (typeof value === 'string' && value !== '' ? [value] : [])
  const found = { guardrails: texts(name), verdicts: texts(action) }
  return found.guardrails.length + found.verdicts.length === 0 ? undefined : found
}

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
  /** What a guardrail found and did, or its name. */
  readonly guardrail?: string | Guardrail
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
