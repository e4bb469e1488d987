import { now, tick } from '../base/clock.ts'
import type { CallResponse, Later } from '../protocol/protocol.ts'
import type { ContentLimits } from '../record/contents.ts'
import { readNow } from '../record/read-now.ts'
import type { Attempt, EndedBy, Outcome } from '../record/record.ts'
import type { RequestPart } from '../record/request-part.ts'
import { type ResponsePart, readResponsePart } from '../record/response-part.ts'
import type { CallValues } from '../recording/raw-record.ts'
import { type AnswerReading, isWireReading, type RequestReading } from '../wire/deferred-reading.ts'
import { ignoreDrop } from './end-when-dropped.ts'
import type { SeenSpan, TraceIds } from './same-call/span-calls.ts'
import type { Scope } from './scope.ts'
import type { AskedTool } from './tool-links.ts'

/**
 * A call in progress. The first of `complete`, `fail` and `cancel` ends it; later ones do
 * nothing. None of the methods throws.
 *
 * Values given as functions are read later, off the caller's path; values given directly are
 * serialised before the method returns, so the application may change them afterwards.
 */
export interface OpenCall {
  readonly auditId: string
  readonly isOpen: boolean
  /** Runs code inside the call: calls opened there name this one as their parent. */
  run<T>(run: () => T): T
  /** Notes that a part of the answer arrived. */
  chunk(): void
  /** Notes one attempt on the wire that did not end the call. */
  attempt(attempt: Attempt): void
  /** Notes tools that the answer asks for, by id, while it still streams: they may run before its end. */
  asks(tools: readonly AskedTool[]): void
  /** Says how to read what has arrived, should the call be cancelled by somebody who cannot tell. */
  keepPartial(read: () => CallResponse, bytes: number): void
  complete(response: Later<CallResponse>): void
  /**
   * Ends in `error`. Without `partial` the record has what `keepPartial` reads; `facts` adds what the
   * error itself does not say.
   */
  fail(error: unknown, partial?: Later<CallResponse>, facts?: Outcome): void
  /**
   * Ends in `cancelled`, or in `abandoned` where nobody decided it: `exit`, `crash`, `unread`. Without
   * `partial` the record has what `keepPartial` reads.
   */
  cancel(by: EndedBy, partial?: Later<CallResponse>): void
  /** Settles when `received` is stored; `undefined` where the mode does not wait for it. */
  admitted(): Promise<void> | undefined
  /** Settles when the terminal record is stored; `undefined` where the mode does not wait. */
  settled(): Promise<void> | undefined
}

/** What `open` may be told beside the request. */
export interface OpenOptions {
  /** auditId of the call or step that this one belongs to; unless given, what the code runs in. */
  readonly parent?: string | undefined
  /**
   * For hooks of frameworks: a layer below that opens the same call inside of `run` takes it over.
   * There is one record then, with what that layer saw, and the hook's own ending does nothing.
   */
  readonly yields?: boolean
  /**
   * `yields` for hooks that cannot run code inside of their call: the texts of the messages, whole.
   * The next call opened in the same scope takes this one over if it asks the same model, its
   * input holds all of the texts, and it ends with one of them.
   */
  readonly announces?: readonly string[]
  /**
   * The call was seen as a span of another instrumentation. It is then recorded only if no wrapped
   * client records it: see docs/guide/opentelemetry.md.
   */
  readonly span?: SeenSpan
}

/** A call that is about to start. */
export interface Opening {
  readonly part: Later<RequestPart>
  readonly wire: RequestReading | undefined
  readonly trace: TraceIds | undefined
  readonly outer: Scope
  readonly options: OpenOptions
}

/** How a call ended, with everything that the terminal record needs. */
export interface Ending {
  readonly stage: 'complete' | 'error' | 'cancelled' | 'abandoned'
  readonly at: number
  readonly durationMs: number
  readonly error?: unknown
  readonly outcome?: Outcome | undefined
  readonly response: Later<ResponsePart>
  /** The answer as it came, where it came over the wire. */
  readonly wire?: AnswerReading | undefined
}

/** What a call reports to its log. */
export interface CallSink {
  readonly contentLimits: ContentLimits
  asked(call: Call, tools: readonly AskedTool[]): void
  ended(call: Call, ending: Ending): void
  withdrawn(call: Call): void
  run<T>(scope: Scope, run: () => T): T
  admitted(call: Call): Promise<void> | undefined
  settled(call: Call): Promise<void> | undefined
}

const STAGE_BY: { readonly [By in EndedBy]: Ending['stage'] } = {
  signal: 'cancelled',
  consumer: 'cancelled',
  timeout: 'cancelled',
  policy: 'cancelled',
  exit: 'abandoned',
  crash: 'abandoned',
  unread: 'abandoned'
}

/** The state machine of one call: open, then ended once. */
export class Call implements OpenCall {
  readonly auditId: string
  readonly openedAt: number
  readonly scope: Scope
  readonly attempts: Attempt[] = []
  chunks = 0
  firstChunkMs: number | undefined
  /** What is known of the answer while the call is open; read if the process ends before it. */
  partial: (() => CallResponse) | undefined
  /** Estimated bytes that the call's next record holds beside its contents. */
  weight = 1_024
  /** The span that the call was made in, or that stands for it. */
  trace: TraceIds | undefined
  /** The request as it was sent, where it was sent over the wire. */
  wire: RequestReading | undefined
  /** The request as the record `received` holds it, once that is made. */
  received: RequestPart | undefined
  /** What captures of both records have in common, once one is made. */
  values: CallValues | undefined
  #open = true
  #state: 'new' | 'received' | 'withdrawn' = 'new'
  readonly #openedTick = tick()
  readonly #sink: CallSink
  #request: Later<RequestPart>

  constructor(
    auditId: string,
    openedAt: number,
    request: Later<RequestPart>,
    scope: Scope,
    sink: CallSink
  ) {
    this.auditId = auditId
    this.openedAt = openedAt
    this.scope = scope
    this.#sink = sink
    this.#request = request
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** The request's share of the records; read once. */
  get request(): RequestPart {
    if (typeof this.#request === 'function') this.#request = this.#request()
    return this.#request
  }

  /** Notes that the call's first record is made; false when the call was taken back before it. */
  receive(): boolean {
    if (this.#state === 'new') this.#state = 'received'
    return this.#state === 'received'
  }

  /** Takes the call back as if it had never been opened; false when its first record is made. */
  withdraw(): boolean {
    if (this.#state === 'received' || !this.#open) return false
    this.#state = 'withdrawn'
    this.#open = false
    this.#sink.withdrawn(this)
    return true
  }

  run<T>(run: () => T): T {
    const inside = { parent: this.auditId, family: this, above: undefined, attempts: undefined }
    return this.#sink.run({ ...this.scope, ...inside }, run)
  }

  /** What a layer below sees of the same call replaces what was read above it. */
  replaceRequest(request: RequestPart): void {
    const { conversation } = this.request
    this.#request = request.conversation === undefined ? { ...request, conversation } : request
  }

  chunk(): void {
    if (this.chunks++ === 0) this.firstChunkMs = tick() - this.#openedTick
  }

  attempt(attempt: Attempt): void {
    this.attempts.push(attempt)
  }

  asks(tools: readonly AskedTool[]): void {
    this.#sink.asked(this, tools)
  }

  keepPartial(read: () => CallResponse, bytes: number): void {
    this.partial = read
    this.weight += bytes
  }

  complete(response: Later<CallResponse>): void {
    this.#end('complete', response)
  }

  fail(
    error: unknown,
    partial: Later<CallResponse> | undefined = this.#readPartial(),
    facts?: Outcome
  ): void {
    this.#end('error', partial, error, facts)
  }

  cancel(by: EndedBy, partial: Later<CallResponse> | undefined = this.#readPartial()): void {
    this.#end(STAGE_BY[by], partial, undefined, { by })
  }

  admitted(): Promise<void> | undefined {
    return this.#sink.admitted(this)
  }

  settled(): Promise<void> | undefined {
    return this.#sink.settled(this)
  }

  /** What came until now, read before more comes; bytes of the wire stay as they are. */
  #readPartial(): Later<CallResponse> | undefined {
    const { partial } = this
    if (!this.#open || partial === undefined || isWireReading(partial)) return partial
    return readNow(partial)
  }

  #end(
    stage: Ending['stage'],
    response: Later<CallResponse> | undefined,
    error?: unknown,
    outcome?: Outcome
  ): void {
    if (!this.#open) return
    this.#open = false
    ignoreDrop(this)
    const { contentLimits } = this.#sink
    this.#sink.ended(this, {
      stage,
      at: now(),
      durationMs: tick() - this.#openedTick,
      response:
        typeof response === 'function'
          ? () => readResponsePart(response, error, contentLimits)
          : readResponsePart(response, error, contentLimits),
      wire: isWireReading(response) ? response : undefined,
      error,
      outcome
    })
  }
}

/** Stands in where nothing is recorded: after close, or below `withoutRecording`. */
export const silentCall: OpenCall = Object.freeze({
  auditId: '',
  isOpen: false,
  run: <T>(run: () => T): T => run(),
  chunk: ignore,
  attempt: ignore,
  asks: ignore,
  keepPartial: ignore,
  complete: ignore,
  fail: ignore,
  cancel: ignore,
  admitted: ignore,
  settled: ignore
})

function ignore(): undefined {
  return undefined
}
