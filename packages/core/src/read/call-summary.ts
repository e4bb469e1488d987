import type { Stage } from '../record/record.ts'

/** One line of a listing: what the index knows without opening the records. */
export interface CallSummary {
  /** Identifies the call; all its records carry it. */
  readonly auditId: string
  /** The place of its first record in the log: a short name for the call, which `get` takes as well. */
  readonly index: number
  /** `call`, `tool`, `step`, `annotation` or another kind of record. */
  readonly kind: string
  /** How the call ended; `received` while it has not. */
  readonly stage: Stage
  /** When the call began: ISO 8601, UTC. */
  readonly receivedAt: string
  /** Who serves the model, as in `gen_ai.provider.name`. */
  readonly provider?: string
  /** The model that answered, or the one asked for. */
  readonly model?: string
  /** What was asked for, as in `gen_ai.operation.name`. */
  readonly operation?: string
  /** Session of the context that the call ran in. */
  readonly session?: string
  /** User of the context that the call ran in. */
  readonly user?: string
  /** Tenant of the context that the call ran in. */
  readonly tenant?: string
  /** Name of the application. */
  readonly service?: string
  /** Version of the application. */
  readonly version?: string
  /** auditId of the call or step around it; of a tool, the call that asked for it. */
  readonly parent?: string
  /** From the start of the call to its end, in milliseconds. */
  readonly durationMs?: number
  /** From the start of the call to the first piece of the answer, in milliseconds. */
  readonly firstChunkMs?: number
  /** Tokens that the request had, as the provider counted them. */
  readonly inputTokens?: number
  /** Tokens that the answer had, as the provider counted them. */
  readonly outputTokens?: number
  /** How sure the model was: mean probability of the tokens, or the highest score of a classifier. */
  readonly confidence?: number
  /** Type of the error, where there was one. */
  readonly errorType?: string
  /** How the last question begins, some 160 characters of it, while it is stored. */
  readonly question?: string
  /** How the answer begins, some 160 characters of it, while it is stored. */
  readonly answer?: string
  /** The key of a question or an answer that is encrypted and that the reader has no key of; absent where all can be read. */
  readonly encrypted?: string
  /** The tool that ran, or the first one that the model asked for. */
  readonly tool?: string
  /** From searches: where the words stand, with the matches in square brackets. */
  readonly snippet?: string
}

/** A page of a listing, newest first unless it was asked for in another order. */
export interface Page<T> {
  /** What was found, in the order that was asked for. */
  readonly items: readonly T[]
  /** Give it back as `cursor` for the next page; absent on the last one. Stable during writes. */
  readonly cursor?: string
  /**
   * How many records were not looked at, because no index holds them yet and they are not among the
   * newest: calls may be missing. Absent when all were.
   */
  readonly behind?: number
  /** By relevance: how many of the newest calls that match were compared, where older ones match as well. */
  readonly newest?: number
  /**
   * Of calls, where `countUpTo` asked: how many follow the page; as many as were asked for stand for that many or more.
   * Absent where counting them would take long, unless the page is `complete`, and where records were not looked at.
   */
  readonly more?: number
}

/** Which page: at most `limit` items (50 unless given, 1,000 at most), after `cursor`. */
export interface PageRequest {
  /** Most items in the page; 50 unless given, 1,000 at most. */
  readonly limit?: number
  /** Where to go on: `cursor` of the page before; the first page unless given. */
  readonly cursor?: string
  /** Looks at all records, however long that takes where no index holds them yet: never `behind`. */
  readonly complete?: boolean
  /** The order of calls; `newest` unless given. */
  readonly sort?: PageOrder
  /** Leaves out where the words of a search stand, which most of its time goes to: `false`. */
  readonly snippets?: boolean
  /** Counts the calls behind the page, so many at most (10,000 at most), where that is quickly done: `more` of the page. */
  readonly countUpTo?: number
  /** Ends the question: it rejects with the signal's reason, and where the store can, nothing works on it any longer. */
  readonly signal?: AbortSignal
}

/**
 * In what order a page has its calls: the newest first, or those first that say most of the words looked for, in the fewest words.
 * By `relevance` the newest 20,000 calls that match are compared, and the best 200 of them given.
 */
export type PageOrder = 'newest' | 'relevance'
