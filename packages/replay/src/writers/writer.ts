import type { TokenLogprob } from '@slm-audit/core/adapter'

/** Members of a JSON object that is being put together. */
export type Fields = { readonly [name: string]: unknown }

/** What a record kept of a request: facts of the header and contents, put together again. */
export interface KeptRequest {
  /** Name of the protocol that read the request. */
  readonly protocol: string
  /** What was asked for, as in `gen_ai.operation.name`. */
  readonly operation?: string
  /** The model asked for; of a replay on another model, that one. */
  readonly model?: string
  /** Whether the answer was asked for in pieces. */
  readonly stream?: boolean
  /** The content `input`. */
  readonly input: unknown
  /** The content `tools`. */
  readonly tools?: unknown
  /** Settings of the header and of the content `settings`. */
  readonly settings: Fields
}

/** What a record kept of an answer. */
export interface KeptAnswer {
  /** Id of the answer. */
  readonly id?: string
  /** The model that answered, as the answer says. */
  readonly model?: string
  /** The model that was asked for. */
  readonly asked?: string
  /** What the provider calls the system that answered. */
  readonly fingerprint?: string
  /** The content `output`. */
  readonly output: unknown
  /** Whether the output is all there: of images, sounds and vectors a record may have the digests alone. */
  readonly isWhole: boolean
  /** The content `logprobs`; empty where there are none. */
  readonly logprobs: readonly TokenLogprob[]
  /** As answered, one a choice. */
  readonly finishReasons: readonly string[]
  /** The provider's own counts. */
  readonly usage?: Fields
  /** Details of the header and of the content `details`. */
  readonly details: Fields
  /** The content `rest`: what the answer said beside what its protocol reads. */
  readonly rest?: unknown
  /** Whether it broke off: what says that an answer is over is not in its events. */
  readonly isCut?: boolean
  /** When it was answered, Unix time in milliseconds. */
  readonly at: number
}

/** An event of a streamed answer, as it is to be sent. */
export interface WrittenEvent {
  /** JSON, or text that goes as it is, such as `[DONE]`. */
  readonly data: unknown
  /** The event's own name, where the framing has one. */
  readonly name?: string
}

/**
 * Writes what a protocol reads: the inverse of its reading, from what a record kept. What was left out of a record is
 * not in what is written.
 */
export interface Writer {
  /** How a streamed answer is framed: server-sent events, lines of JSON, or messages of AWS's event stream. */
  readonly framing: 'sse' | 'ndjson' | 'aws'
  /** The path behind the host that requests of this kind go to. */
  path(request: KeptRequest): string
  /** The body of the request, as JSON. */
  request(request: KeptRequest): Fields
  /** The body of the answer in one piece, as JSON. */
  answer(answer: KeptAnswer): Fields
  /** The same answer as the events of a stream, from the body that `answer` wrote; absent where there are no streams. */
  events?(body: Fields, answer: KeptAnswer): readonly WrittenEvent[]
}
