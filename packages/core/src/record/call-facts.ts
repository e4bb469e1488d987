import type { Later } from './later.ts'
import type {
  Alteration,
  CallFacts,
  ClassScore,
  ModelIdentity,
  ReasoningMarkers,
  ResponseFacts,
  UsageFacts
} from './record.ts'

/** What an application asked of a model: what stands in the header as `call`, and the contents. Absent means not sent. */
export interface CallRequest extends Omit<CallFacts, 'tools'> {
  /** `call` unless given; `tool` for a tool's run, `step` for what groups calls: a chain, an agent. */
  readonly kind?: string
  /** Messages, prompt or other input, as sent: becomes the content `input`. */
  readonly input?: unknown
  /** Tool definitions, as sent: becomes the content `tools`. */
  readonly tools?: unknown
  /** Names of the tools offered. */
  readonly toolNames?: readonly string[]
  /** Everything else that was sent: sampling, limits, formats. */
  readonly settings?: { readonly [name: string]: unknown }
  /** Local weights and runtime; read when a record is written, so it may become known late. */
  readonly identity?: Later<ModelIdentity | undefined>
  /** Ids of conversation or session that the request itself carries. */
  readonly conversation?: string
}

/** What a model answered, whole or as far as it came: what stands in the header as `response`, and the contents. */
export interface CallResponse extends Omit<ResponseFacts, 'finish'> {
  /** The answer, all choices, as answered: becomes the content `output`. */
  readonly output?: unknown
  /** Per-token probabilities: become the content `logprobs` and a summary in the header. */
  readonly logprobs?: readonly TokenLogprob[]
  /** The mean of the log probabilities, where the provider gives it without a list of them. */
  readonly meanLogprob?: number
  /** Class scores of a classifier. */
  readonly scores?: readonly ClassScore[]
  /** The reasoning that the model showed; its `text` becomes the content `reasoning`. */
  readonly reasoning?: ReasoningMarkers & { readonly text?: string }
  /** What one provider tells beside the answer. */
  readonly details?: { readonly [name: string]: unknown }
  /** Times in milliseconds, where somebody nearer to the call than its OpenCall measured them. */
  readonly timing?: { readonly durationMs: number; readonly timeToFirstChunkMs?: number }
  /** An error that arrived inside the answer. */
  readonly error?: { readonly type?: string; readonly code?: string; readonly message?: string }
  /** What the answer says beside all that, as it came: becomes the content `rest`. */
  readonly rest?: unknown
  /** What was left out of the answer or replaced in it, and why: becomes marks of the record. */
  readonly altered?: readonly Alteration[]
  /** How many events a streamed answer had. */
  readonly events?: number
  /** What is wrong with an answer that its client takes, in a word: becomes the outcome's type. */
  readonly flaw?: string
}

/** A token with the natural logarithm of its probability. */
export interface TokenLogprob {
  /** The text of the token. */
  readonly token: string
  /** Natural logarithm of its probability; 0 at most. */
  readonly logprob: number
  /** The likeliest tokens at this place. */
  readonly top?: readonly Omit<TokenLogprob, 'top'>[]
  /** The token's number in the vocabulary, where it is told. */
  readonly id?: number
  /** The token's bytes, where they are told and are not those of its text: parts of a character. */
  readonly bytes?: readonly number[]
  /** The probability itself, where that is what was answered. */
  readonly prob?: number
}

/** Token counts, named alike for all providers, each as its provider counts: see `readUsage`. */
export type Usage = UsageFacts

/** The W3C ids of a span: 32 and 16 lower-case hexadecimal digits. */
export interface TraceIds {
  /** 32 hexadecimal digits (W3C Trace Context). */
  readonly traceId: string
  /** 16 hexadecimal digits (W3C Trace Context). */
  readonly spanId: string
}

/** A span of another instrumentation that stands for a call. */
export interface SeenSpan extends TraceIds {
  /** When the span began, Unix time in milliseconds; now unless given. */
  readonly startedAt?: number
}

/** A tool call as a model asked for it. */
export interface AskedTool {
  /** The id that the model gave to the request for the tool. */
  readonly id?: string | undefined
  /** Name of the tool. */
  readonly name: string
}
