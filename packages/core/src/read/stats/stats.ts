import type { Filter } from '../filter/filter-tree.ts'

/** What calls can be told apart by. */
export const STATS_DIMENSIONS = [
  'model',
  'version',
  'tenant',
  'provider',
  'operation',
  'service'
] as const

/** What calls are told apart by. */
export type StatsDimension = (typeof STATS_DIMENSIONS)[number]

/** Which figures are asked for. */
export interface StatsRequest {
  /** Which calls; all unless given. */
  readonly filter?: Filter
  /** One row for each value of these, or for each combination of values. */
  readonly by?: readonly StatsDimension[]
  /** One row for each stretch of time of so many milliseconds (in UTC); one for all unless given. */
  readonly everyMs?: number
  /** Ends the question: it rejects with the signal's reason, and where the store can, nothing works on it any longer. */
  readonly signal?: AbortSignal
}

/** How numbers are distributed: half of them are at most `p50`, and so on, within two per cent. */
export interface Quantiles {
  /** Half of them are at most this. */
  readonly p50: number
  /** 19 of 20 are at most this. */
  readonly p95: number
  /** 99 of 100 are at most this. */
  readonly p99: number
}

/** The figures of calls that have ended; runs of tools and steps are not among them. */
export interface CallFigures {
  /** How many there are. */
  readonly calls: number
  /** Calls that ended in an answer. */
  readonly complete: number
  /** Calls that ended in an error. */
  readonly errors: number
  /** Calls that somebody cancelled. */
  readonly cancelled: number
  /** Calls whose process ended first, or whose answer was dropped unread. */
  readonly abandoned: number
  /** Calls that a policy forbade. */
  readonly denied: number
  /** Errors by type, the most frequent first. */
  readonly errorTypes: readonly { readonly type: string; readonly count: number }[]
  /** From the call to its end, in milliseconds. */
  readonly durationMs?: Quantiles
  /** From the call to the first piece of the answer, in milliseconds. */
  readonly firstChunkMs?: Quantiles
  /** Tokens of the answer a second, from its first piece on. */
  readonly tokensPerSecond?: Quantiles
  /** Tokens of all requests. */
  readonly inputTokens: number
  /** Tokens of all answers. */
  readonly outputTokens: number
  /** Mean of the calls' confidence, from 0 to 1, of those that have one. */
  readonly confidence?: number
  /** Complete calls with no answer and no tool asked for. */
  readonly empty: number
  /** Answers that a filter of the provider ended. */
  readonly filtered: number
  /** Answers that decline what was asked, by the words that they begin with: a guess. */
  readonly refused: number
  /** Answers that end by saying the same again and again. */
  readonly repeated: number
}

/** The figures of the calls that have the same values, of one stretch of time. */
export interface StatsRow extends CallFigures {
  /** The values that these calls share; one that is not known is absent. */
  readonly by: { readonly [dimension in StatsDimension]?: string }
  /** When the stretch begins: ISO 8601, UTC; absent where all times are one. */
  readonly at?: string
}

/** Figures of calls. */
export interface StatsReport {
  /** Rows by their values, then by time; stretches without a call have none. */
  readonly rows: readonly StatsRow[]
  /** From when on calls were counted: the beginning of the hour that was asked for, where the index knows hours. */
  readonly since?: string
  /** Until when; absent where to the end. */
  readonly until?: string
}

/** A value of a field with how many calls have it. */
export interface FacetCount {
  /** A value that calls have in the field. */
  readonly value: string
  /** How many calls that have ended have it. */
  readonly calls: number
}
