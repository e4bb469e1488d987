import type { Later } from './later.ts'
import type { ModelIdentity, ReasoningMarkers } from './record.ts'

/** What an application asked of a model. Absent means not sent. */
export interface CallRequest {
  /** `call` unless given; `tool` for a tool's run, `step` for what groups calls: a chain, an agent. */
  readonly kind?: string
  /** OTel `gen_ai.operation.name`: chat, text_completion, embeddings, execute_tool, … */
  readonly operation: string
  /** OTel `gen_ai.provider.name`. */
  readonly provider: string
  /** Name of a tool or step. */
  readonly name?: string
  /** The id under which a model asked for the tool. */
  readonly toolCallId?: string
  /** The server that a tool or resource is of, as it names itself. */
  readonly server?: { readonly name: string; readonly version?: string }
  readonly model?: string
  /** Messages, prompt or other input, as sent: becomes the content `input`. */
  readonly input?: unknown
  /** Tool definitions, as sent: becomes the content `tools`. */
  readonly tools?: unknown
  readonly toolNames?: readonly string[]
  /** Everything else that was sent: sampling, limits, formats. */
  readonly settings?: { readonly [name: string]: unknown }
  readonly stream?: boolean
  readonly prompt?: { readonly name: string; readonly version?: string }
  readonly endpoint?: { readonly address: string; readonly port?: number; readonly path?: string }
  readonly protocol?: string
  readonly client?: { readonly name: string; readonly version?: string }
  /** Local weights and runtime; read when a record is written, so it may become known late. */
  readonly identity?: Later<ModelIdentity | undefined>
  /** Ids of conversation or session that the request itself carries. */
  readonly conversation?: string
  /** Names the other instrumentation that the request was read from, where it was. */
  readonly source?: string
}

/** What a model answered, whole or as far as it came. */
export interface CallResponse {
  readonly id?: string
  readonly requestId?: string
  /** The model that answered. */
  readonly model?: string
  readonly fingerprint?: string
  /** The answer, all choices, as answered: becomes the content `output`. */
  readonly output?: unknown
  readonly finishReasons?: readonly string[]
  readonly usage?: Usage
  readonly toolCalls?: readonly { readonly id?: string; readonly name: string }[]
  /** Per-token probabilities: become the content `logprobs` and a summary in the header. */
  readonly logprobs?: readonly TokenLogprob[]
  /** The mean of the log probabilities, where the provider gives it without a list of them. */
  readonly meanLogprob?: number
  /** Class scores of a classifier. */
  readonly scores?: readonly { readonly label: string; readonly score: number }[]
  /** The reasoning that the model showed; its `text` becomes the content `reasoning`. */
  readonly reasoning?: ReasoningMarkers & { readonly text?: string }
  readonly details?: { readonly [name: string]: unknown }
  /** Times in milliseconds, where somebody nearer to the call than its OpenCall measured them. */
  readonly timing?: { readonly durationMs: number; readonly timeToFirstChunkMs?: number }
  /** An error that arrived inside the answer. */
  readonly error?: { readonly type?: string; readonly code?: string; readonly message?: string }
}

/** A token with the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly top?: readonly { readonly token: string; readonly logprob: number }[]
}

/** Token counts, named alike for all providers, each as its provider counts: see `readUsage`. */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly totalTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  readonly audioInputTokens?: number
  readonly audioOutputTokens?: number
  /** The provider's own object, as answered. */
  readonly raw?: unknown
}

/** The W3C ids of a span: 32 and 16 lower-case hexadecimal digits. */
export interface TraceIds {
  readonly traceId: string
  readonly spanId: string
}

/** A span of another instrumentation that stands for a call. */
export interface SeenSpan extends TraceIds {
  /** When the span began, Unix time in milliseconds; now unless given. */
  readonly startedAt?: number
}

/** A tool call as a model asked for it. */
export interface AskedTool {
  readonly id?: string | undefined
  readonly name: string
}
