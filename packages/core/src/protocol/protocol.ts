import type { ModelIdentity, ReasoningMarkers } from '../record/record.ts'
import type { StreamEvent } from '../wire/decode.ts'
import type { HeaderFields } from './header-fields.ts'

/** A value, or a function that makes it later, off the caller's path. */
export type Later<T> = T | (() => T)

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

/** Where a protocol is exported. */
export interface ProtocolHome {
  /** Whether this is the protocol that is exported there, and no copy with changes. */
  is(protocol: unknown): boolean
  /** The URL of a module that has no effect when it is imported; may throw where it is unknown. */
  module(): string
  /**
   * Found in every answer that asks for a tool. Runs of tools are tied to such answers in the
   * application's thread, so these are read there, too.
   */
  readonly asksForTool: RegExp
}

/**
 * A pure description of one wire format: no I/O, no clock, no state outside `Acc`, no vendor's
 * types. Every function takes parsed JSON of unknown shape, reads the fields it knows and leaves
 * the rest; one that throws costs the record its details, never the host its call.
 *
 * `start`, `step` and `finish` fold the events of a stream into the response that the same answer
 * would have given in one piece. `step` may change and return `acc`.
 */
export interface Protocol<Acc = unknown> {
  /** `vendor.format`, for instance `openai.chat`. */
  readonly name: string
  /** How a streamed answer is framed, where its content type does not say so. */
  readonly framing?: 'sse' | 'ndjson'
  /** Whether answers may be plain text, which `readResponse` then gets as it came. */
  readonly answersText?: boolean
  /**
   * Takes a streamed answer's bytes apart where `framing` cannot: binary event streams. An event
   * that is cut off at the end is left out; must not throw. Answers whose content type is JSON or
   * text do not come here.
   */
  decode?(bytes: Uint8Array): StreamEvent[]
  /** Whether a request speaks this format; `method` is in upper case. */
  matches(url: URL, method: string): boolean
  /**
   * Names, in lower case, of headers that say of a call what its body does not: settings, counts. The
   * two that read get those that are there; never name one that holds a key.
   */
  readonly headers?: readonly string[]
  readRequest(body: unknown, url: URL, headers?: HeaderFields): CallRequest
  /**
   * Reads an answer in one piece: parsed JSON, text, or the bytes of sounds, images and other files, whose
   * `contentType` is the answer's.
   */
  readResponse(body: unknown, contentType?: string, headers?: HeaderFields): CallResponse
  /** Reads what the body of an HTTP error tells beside its type, code and message. */
  readRefusal?(body: unknown): Pick<CallResponse, 'details'>
  start(): Acc
  /** Folds one event; `name` is the event's own, where the framing has one. */
  step(acc: Acc, event: unknown, name?: string): Acc
  /**
   * Whether clients may stop reading after this event although the stream goes on. `asked` reads the
   * request's body, for streams of several answers, each with an end of its own.
   */
  isLast?(event: unknown, name?: string, asked?: () => unknown): boolean
  finish(acc: Acc): CallResponse
  /**
   * Where another thread finds this very protocol. A journal's thread then reads the calls, which
   * spares the application's.
   */
  readonly home?: ProtocolHome
}
