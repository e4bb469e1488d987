// Made by `pnpm run generate` from the table of fields in ./fields.

/** Facts about the answer. */
export interface ResponseFacts {
  /** Id of the answer. */
  readonly id?: string | undefined
  /** Id of the request at the provider. */
  readonly requestId?: string | undefined
  /** The model that answered. */
  readonly model?: string | undefined
  /** What the provider calls the system that answered. */
  readonly fingerprint?: string | undefined
  /** As answered, one a choice. */
  readonly finishReasons?: readonly string[] | undefined
  /** `finishReasons`, named alike for all providers. */
  readonly finish?:
    | readonly (
        | 'stop'
        | 'length'
        | 'tool_calls'
        | 'content_filter'
        | 'cancelled'
        | 'pause'
        | 'error'
        | 'other'
      )[]
    | undefined
  /** Token counts, named alike for all providers. */
  readonly usage?: UsageFacts | undefined
  /** Tools that the answer asks for. */
  readonly toolCalls?: readonly AskedToolFacts[] | undefined
  /** Facts that one provider tells: numbers, switches and known words under known names; the rest is the content `details`. */
  readonly details?: { readonly [name: string]: unknown } | undefined
}

/** Token counts, named alike for all providers. */
export interface UsageFacts {
  /** Tokens of the input. */
  readonly inputTokens?: number | undefined
  /** Tokens of the answer. */
  readonly outputTokens?: number | undefined
  /** Tokens of both, as the provider adds them. */
  readonly totalTokens?: number | undefined
  /** Tokens of the input that were cached. */
  readonly cacheReadTokens?: number | undefined
  /** Tokens of the input that were put into a cache. */
  readonly cacheWriteTokens?: number | undefined
  /** Tokens of the reasoning. */
  readonly reasoningTokens?: number | undefined
  /** Tokens of sound in the input. */
  readonly audioInputTokens?: number | undefined
  /** Tokens of sound in the answer. */
  readonly audioOutputTokens?: number | undefined
  /** The numbers of the provider’s own object, as answered. */
  readonly raw?: unknown
}

/** Tools that the answer asks for. */
export interface AskedToolFacts {
  /** Id under which the tool is asked for. */
  readonly id?: string | undefined
  /** Name of the tool. */
  readonly name: string
}

/** How sure the model was; logarithms are natural. */
export interface ConfidenceSummary {
  /** Tokens that the summary is of. */
  readonly tokens?: number | undefined
  /** Mean logarithm of the probability of a token. */
  readonly meanLogprob?: number | undefined
  /** The least of the logarithms. */
  readonly minLogprob?: number | undefined
  /** Exp(-meanLogprob). */
  readonly perplexity?: number | undefined
  /** Scores of a classifier. */
  readonly scores?: readonly ClassScore[] | undefined
}

/** Scores of a classifier. */
export interface ClassScore {
  /** Name of the class. */
  readonly label: string
  /** Score of the class. */
  readonly score: number
}

/** Where and how the model showed its reasoning. */
export interface ReasoningMarkers {
  /** The field, block or tag that carried it. */
  readonly source: string
  /** Tokens of the reasoning. */
  readonly tokens?: number | undefined
  /** Length of its text in UTF-16 code units. */
  readonly characters?: number | undefined
  /** Number of blocks. */
  readonly blocks?: number | undefined
  /** Where it stands in the output. */
  readonly spans?: readonly ReasoningSpan[] | undefined
  /** Signatures of the provider. */
  readonly signatures?: readonly string[] | undefined
  /** Whether it was encrypted. */
  readonly encrypted?: boolean | undefined
}

/** Where it stands in the output. */
export interface ReasoningSpan {
  /** Index of the message or block in the answer. */
  readonly message: number
  /** Index of the block in the message. */
  readonly part?: number | undefined
  /** Its first UTF-16 code unit, where tags in a text mark it. */
  readonly start?: number | undefined
  /** First UTF-16 code unit behind it. */
  readonly end?: number | undefined
}

/** One entry an attempt on the wire, where there were several. */
export interface Attempt {
  /** Duration in milliseconds. */
  readonly durationMs: number
  /** HTTP status. */
  readonly status?: number | undefined
  /** Id of the request at the provider. */
  readonly requestId?: string | undefined
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs?: number | undefined
  /** Type of the error; its message is the content `error`. */
  readonly error?: string | undefined
}

/** Why the call did not end in an answer. */
export interface Outcome {
  /** HTTP status. */
  readonly status?: number | undefined
  /** Who ended a call that was cancelled or abandoned. */
  readonly by?:
    | 'signal'
    | 'consumer'
    | 'timeout'
    | 'exit'
    | 'crash'
    | 'unread'
    | 'policy'
    | undefined
  /** Type or class of the error. */
  readonly type?: string | undefined
  /** Code of the error. */
  readonly code?: string | undefined
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs?: number | undefined
  /** Types and codes of the causes, outermost first. */
  readonly causes?: readonly string[] | undefined
}

/** Durations from a monotonic clock. */
export interface Timing {
  /** From the call to its end. */
  readonly durationMs: number
  /** From the call to the first piece of the answer. */
  readonly timeToFirstChunkMs?: number | undefined
  /** Pieces of the answer. */
  readonly chunks?: number | undefined
  /** Tokens of the answer by the time of answering. */
  readonly tokensPerSecond?: number | undefined
}
