import { now, tick } from '../base/clock.ts'
import type { AskedTool, CallResponse, TraceIds } from '../record/call-facts.ts'
import type { ContentLimits } from '../record/contents.ts'
import { type Later, readNow } from '../record/later.ts'
import type { Attempt, EndedBy, Outcome } from '../record/record.ts'
import type { RequestPart } from '../record/request-part.ts'
import { readResponsePart } from '../record/response-part.ts'
import { isWireReading, type RequestReading } from '../wire/deferred-reading.ts'
import { ignoreDrop } from './end-when-dropped.ts'
import type { Ending } from './ending.ts'
import type { OpenCall, OpenOptions } from './open-call.ts'
import type { Scope } from './scope.ts'

/** A call that is about to start. */
export interface Opening {
  readonly part: Later<RequestPart>
  readonly wire: RequestReading | undefined
  readonly trace: TraceIds | undefined
  readonly outer: Scope
  readonly options: OpenOptions
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

/** What is known of a call that started. */
export type Opened = Pick<Call, 'auditId' | 'openedAt' | 'trace' | 'request' | 'scope' | 'received'>
