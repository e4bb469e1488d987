import type { CallSummary } from '../call-summary.ts'
import type { TextField } from '../filter/fields.ts'
import type { FacetCount } from './stats.ts'

/** The fields that are counted within a filter, and what of a call's line has their values. */
export const WITHIN = {
  stage: 'stage',
  kind: 'kind',
  model: 'model',
  provider: 'provider',
  operation: 'operation',
  tool: 'tool',
  error: 'errorType',
  user: 'user',
  tenant: 'tenant',
  service: 'service',
  version: 'version'
} as const satisfies { readonly [field in TextField]?: keyof CallSummary }

/** A field that is counted within a filter. */
export type FieldWithin = keyof typeof WITHIN

/** The fields that are counted within a filter. */
export const FIELDS_WITHIN = Object.keys(WITHIN) as readonly FieldWithin[]

/** What is counted within a filter, and how much of it. */
export interface FacetsWithinOptions {
  /** The fields; all that there are unless given. */
  readonly fields?: readonly FieldWithin[]
  /** Most values of each field; 20 unless given, 1,000 at most. */
  readonly limit?: number
  /** How many calls are looked at, the newest of those that the filter means; 10,000 unless given, 100,000 at most. */
  readonly among?: number
  /** Ends the question: it rejects with the signal's reason, and where the store can, nothing works on it any longer. */
  readonly signal?: AbortSignal
}

/** What the calls of a filter have. */
export interface FacetsWithin {
  /**
   * The most frequent values of each field, and how many of the calls have each. A call that asked for several tools counts with
   * the first of them; one that has not ended, with the stage `received`.
   */
  readonly fields: { readonly [field in FieldWithin]?: readonly FacetCount[] }
  /** How many calls were looked at. */
  readonly calls: number
  /** Whether the filter means older calls as well, which were not looked at. */
  readonly hasMore: boolean
}
