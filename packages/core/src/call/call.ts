import type { BodyChunk } from '../base/bytes.ts'
import { now, tick } from '../base/clock.ts'
import type { AuditError } from '../base/error.ts'
import { heirless } from '../base/json-text.ts'
import type { ReviewTerms } from '../policy/policy-document.ts'
import type { AskedTool, CallRequest, CallResponse, TraceIds } from '../record/call-facts.ts'
import { type Later, readNow } from '../record/later.ts'
import type { Attempt, EndedBy, Outcome } from '../record/record.ts'
import { besideHost, guardMethods } from '../runtime/guard.ts'
import type { Report } from '../runtime/reporter.ts'
import { type AnswerFacts, isWireReading } from '../wire/deferred-reading.ts'
import { stopWatching } from './end-when-collected.ts'
import type { Ending } from './ending.ts'
import type { OpenCall } from './open-call.ts'
import type { Scope } from './scope.ts'

/** What is recorded of a call when it happens. None of it throws. */
export interface CallRecording extends Pick<OpenCall, 'takesParts' | 'asks' | 'part'> {
  ended(ending: Ending): void
  /** `undefined` when what was asked is kept, else settles when it is; rejects where it never will be. */
  openedKept(): Promise<void> | undefined
  /** The same of the call's end; `undefined` while it is open. */
  endedKept(): Promise<void> | undefined
}

/** What a policy is asked about a call before it is made. */
export interface AskedCall {
  readonly request: Later<CallRequest>
  readonly scope: Scope
  readonly trace: TraceIds | undefined
}

/** A rule that asks for a person's approval of a call, and what the call is to send. */
export interface AskedReview {
  readonly rule: string
  /** Digest of the policy. */
  readonly policy: string
  readonly terms: ReviewTerms
  readonly asked: Uint8Array | undefined | Promise<Uint8Array | undefined>
}

/** What a policy says of a call before it is made. */
export interface Ruling {
  /** Who waits for its records; as the log's option says where absent. */
  readonly mode?: 'async' | 'blocking' | 'blocking-strict' | undefined
  /** Why it may not be made. */
  readonly denied?: AuditError | undefined
  /** It may be made when a person has approved it. */
  readonly review?: Omit<AskedReview, 'asked'> | undefined
}

/** What was decided of a call before it is made. */
export interface Ruled {
  readonly ruling?: Ruling | undefined
  /** What a person is to approve. */
  readonly review?: AskedReview | undefined
}

/** The log that a call is of. */
export interface CallHost {
  readonly report: Report
  /** The call ended; what is recorded of that comes behind. */
  ended(call: Call): void
  /** Runs code inside of a call. */
  runInside<T>(call: Call, run: () => T): T
  admitted(
    call: Call,
    kept: CallRecording['openedKept'],
    again: (() => Later<CallRequest>) | undefined
  ): Promise<void> | undefined
  settled(call: Call, kept: CallRecording['endedKept']): Promise<void> | undefined
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
  readonly scope: Scope
  /** Whether a layer below may go on with this call as its own. */
  readonly yields: boolean
  /** Nothing while `ruledLater` is open. */
  ruled: Ruled
  /** Settles when the policy has been asked, where that needs what is still to come of the request. Never rejects. */
  readonly ruledLater: Promise<Ruled> | undefined
  readonly #recording: CallRecording
  readonly #host: CallHost
  readonly #openedTick = tick()
  readonly #attempts: Attempt[] = []
  #chunks = 0
  #firstChunkMs: number | undefined
  /** What is known of the answer while the call is open. */
  #partial: (() => CallResponse) | undefined
  #open = true

  constructor(
    {
      auditId,
      scope,
      yields,
      ruled
    }: Pick<Call, 'auditId' | 'scope' | 'yields'> & { readonly ruled: Ruled | Promise<Ruled> },
    recording: CallRecording,
    host: CallHost
  ) {
    this.auditId = auditId
    this.scope = scope
    this.yields = yields
    this.ruledLater = ruled instanceof Promise ? ruled : undefined
    this.ruled = heirless(ruled instanceof Promise ? {} : ruled)
    this.#recording = recording
    this.#host = host
  }

  get isOpen(): boolean {
    return this.#open
  }

  get report(): Report {
    return this.#host.report
  }

  get takesParts(): boolean {
    return this.#recording.takesParts
  }

  run<T>(run: () => T): T {
    return besideHost(this.report, run, (host) => this.#host.runInside(this, () => host(run)))
  }

  chunk(): void {
    if (this.#chunks++ === 0) this.#firstChunkMs = tick() - this.#openedTick
  }

  attempt(attempt: Attempt): void {
    this.#attempts.push(attempt)
  }

  asks(tools: readonly AskedTool[]): void {
    if (this.#open) this.#recording.asks(tools)
  }

  keepPartial(read: () => CallResponse): void {
    this.#partial = read
  }

  part(answer: AnswerFacts, chunks: readonly BodyChunk[]): void {
    if (this.#open) this.#recording.part(answer, chunks)
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

  /** Ends in `denied`: a policy refused it, and the model is not called. */
  deny(refusal: AuditError): void {
    this.#end('denied', undefined, refusal, { by: 'policy', type: refusal.code })
  }

  cancel(by: EndedBy, partial: Later<CallResponse> | undefined = this.#readPartial()): void {
    this.#end(STAGE_BY[by], partial, undefined, { by })
  }

  admitted(again?: () => Later<CallRequest>): Promise<void> | undefined {
    return this.#host.admitted(this, () => this.#recording.openedKept(), again)
  }

  settled(): Promise<void> | undefined {
    return this.#host.settled(this, () => this.#recording.endedKept())
  }

  /** What came until now; bytes of the wire are read by whoever makes the record. */
  #readPartial(): Later<CallResponse> | undefined {
    const partial = this.#partial
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
    stopWatching(this)
    this.#host.ended(this)
    this.#recording.ended({
      stage,
      at: now(),
      durationMs: tick() - this.#openedTick,
      chunks: this.#chunks,
      firstChunkMs: this.#firstChunkMs,
      attempts: this.#attempts,
      response,
      error,
      outcome
    })
    this.#partial = undefined
  }
}

guardMethods(
  Call,
  ['chunk', 'attempt', 'asks', 'part', 'complete', 'fail', 'cancel', 'admitted', 'settled'],
  () => undefined
)
