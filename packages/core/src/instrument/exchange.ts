import type { BodyChunk } from '../base/bytes.ts'
import { tick } from '../base/clock.ts'
import type { AttemptGroup, LastAttempt } from '../call/attempts.ts'
import { endWhenCollected, stopWatching } from '../call/end-when-collected.ts'
import type { OpenCall } from '../call/open-call.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { endedBySignal } from '../record/outcome.ts'
import type { Attempt, EndedBy } from '../record/record.ts'
import type { Report } from '../runtime/reporter.ts'
import type { TapObserver } from '../streams/tap-iterator.ts'
import { tapResponse } from '../streams/tap-response.ts'
import { type AnswerFacts, type AnswerReading, readAnswerLater } from '../wire/deferred-reading.ts'
import { BodyFraming } from '../wire/framing.ts'
import { KeptChunks } from '../wire/kept-chunks.ts'
import { endsWithChunk, isAtEnd } from '../wire/reached-end.ts'
import { NO_HEAD, NULL_BODY_STATUS, type ResponseHead, readHead } from '../wire/response-head.ts'
import { describeAttempt, statusFacts } from './describe-attempt.ts'
import type { ExchangeTarget, SentBody } from './exchange-target.ts'
import { onAbort, watchAbort } from './watch-abort.ts'
import { type Watchable, watchSoon } from './watch-soon.ts'

/** One attempt at a call on the wire: a request, its response, and the body's way to its end. */
export class Exchange implements TapObserver<BodyChunk>, LastAttempt, Watchable {
  readonly report: Report
  readonly #protocol: Protocol
  readonly #call: OpenCall
  readonly #signal: AbortSignal | undefined
  readonly #group: AttemptGroup | undefined
  readonly #sent: SentBody
  readonly #attempt: number
  /** Whether the call had attempts before. */
  readonly #isRetry: boolean
  readonly #startedAt = tick()
  readonly #kept = new KeptChunks()
  #head: ResponseHead = NO_HEAD
  #framing = new BodyFraming()
  /** Stops watching the caller's signal, which is watched between two attempts. */
  #unwatch: (() => void) | undefined
  /** Stops watching the request's own signal, which may end a body that nobody reads. */
  #ignoreAbort: (() => void) | undefined
  /** Set when the call goes on without this attempt. */
  #isLeft = false
  #isUnseen = false
  /** Set when the answer came whole, while nobody knows whether its client takes it. */
  #isWhole = false
  /** The attempt as it failed, while nobody knows what comes of it. */
  #held: Attempt | undefined

  constructor(
    report: Report,
    { protocol, signal }: Pick<ExchangeTarget, 'protocol' | 'signal'>,
    call: OpenCall,
    group: AttemptGroup | undefined,
    sent: SentBody
  ) {
    this.report = report
    this.#protocol = protocol
    this.#call = call
    this.#signal = signal
    this.#group = group
    this.#sent = sent
    this.#attempt = group?.started ?? 1
    this.#isRetry = this.#attempt > 1 + (group?.before ?? 0)
  }

  /** Watches the body of a response that came. */
  watchBody(response: unknown): void {
    // Asking for `body` would make a stream that nobody may want.
    if (this.began(response) && !tapResponse(response, this)) {
      this.#call.cancel('unread', this.#seen(false))
    }
  }

  /** The head of a response came; false when no body follows, which ends the call. */
  began(response: unknown): boolean {
    this.#sent.came()
    const head = readHead(response, this.#protocol)
    if (head === undefined) {
      this.#call.cancel('unread', {})
      return false
    }
    const isBodiless = NULL_BODY_STATUS.has(head.status)
    this.#head = isBodiless ? { ...head, contentType: '' } : head
    this.#framing = new BodyFraming(this.#protocol, head.contentType)
    if (isBodiless) {
      this.end()
      return false
    }
    this.#call.keepPartial(this.#seen(false))
    watchSoon(this)
    return true
  }

  watch(): void {
    if (!this.#call.isOpen || this.#isLeft) return
    if (this.#signal) this.#ignoreAbort = watchAbort(this.#signal, this, (one) => one.#aborted())
    endWhenCollected(this, this.#call, this.#ignoreAbort)
  }

  /** The request failed; settles when the record has, should the call have ended by that. */
  onFailure(error: unknown): Promise<void> | undefined {
    this.#sent.came()
    const aborted = this.#signal?.aborted === true
    if (!aborted && this.#hold(error)) return undefined
    // Clients try again after a timeout of their own, too.
    if (this.#mayRetry()) this.#wait(error)
    else {
      this.#noteLast(error)
      if (aborted) this.#call.cancel(this.#abortedBy('timeout'), {})
      else this.#call.fail(error, {})
    }
    return this.#call.isOpen ? undefined : this.#call.settled()
  }

  next(chunk: BodyChunk): void {
    if (!this.#call.isOpen) return
    this.#kept.add(chunk)
    this.#framing.came(chunk, this.#kept.recent)
    this.#call.chunk()
    if (
      this.#protocol.isLast &&
      endsWithChunk(this.#protocol, this.#kept.recent, this.#framing.now, this.#sent.asked)
    )
      this.end()
    else if (this.#kept.isFull && this.#call.takesParts) {
      this.#call.part(this.#facts(false), this.#kept.take(this.#framing.now))
    }
  }

  /** The request was aborted, and nobody was reading: clients of streams drop them so. */
  #aborted(): void {
    // Nobody is there who could wait.
    if (this.#call.isOpen && !this.#held) this.cancel()?.catch(() => undefined)
  }

  end(): Promise<void> | undefined {
    this.#ignoreAbort?.()
    if (this.#isLeft || (this.#isError && this.#hold())) return undefined
    const { retriesRead } = this.#group?.options() ?? {}
    if (this.#isError && this.#mayRetry() && retriesRead?.(this.#head.status)) {
      this.#wait()
      return undefined
    }
    // A stream has been given to the application by now, event by event.
    this.#isWhole = this.#framing.now === undefined && this.#tellsMore
    return this.#isWhole ? undefined : this.#over()
  }

  /** The client took an answer that it could have refused. */
  taken(): Promise<void> | undefined {
    return this.#isWhole ? this.#over() : undefined
  }

  #over(): Promise<void> | undefined {
    this.#noteLast()
    if (this.#isError) this.#fail()
    else this.#call.complete(this.#seen(true))
    return this.#call.settled()
  }

  fail(error: unknown): Promise<void> | undefined {
    return this.#isComplete() ? this.end() : this.#failWith(error)
  }

  #failWith(error: unknown): Promise<void> | undefined {
    this.#ignoreAbort?.()
    if (this.#isLeft) return undefined
    const partial = this.#seen(this.#isWhole)
    if (this.#signal?.aborted) this.#call.cancel(this.#abortedBy('signal'), partial)
    else if (this.#hold(error)) return undefined
    else {
      this.#noteLast(error)
      this.#call.fail(error, partial, statusFacts(this.#head))
    }
    return this.#call.settled()
  }

  /** The consumer stopped. Clients drop the body of an error unread when they will try again. */
  cancel(): Promise<void> | undefined {
    this.#ignoreAbort?.()
    if (this.#isLeft || (this.#isError && this.#hold())) return undefined
    if (this.#isError && this.#mayRetry()) {
      this.#wait()
      return undefined
    }
    if (this.#isWhole || this.#isError || this.#isComplete()) return this.#over()
    this.#noteLast()
    // Clients abort their own signal when their consumer stops.
    const by = this.#signal?.aborted ? this.#abortedBy('consumer') : 'consumer'
    this.#call.cancel(by, this.#seen(false))
    return this.#call.settled()
  }

  /** The application may have read the rest where nobody sees it. */
  unread(): void {
    this.#isUnseen = true
    // Whoever reads does not wait for the record.
    this.cancel()?.catch(() => undefined)
  }

  /** The client tries again although this answer has not ended: some leave an error's body unread. */
  supersede(): void {
    this.#unwatch?.()
    this.#ignoreAbort?.()
    stopWatching(this.#call)
    if (this.#isLeft) return
    this.#isLeft = true
    this.#call.attempt(this.#held ?? this.#describe())
  }

  /** The client gave up, with the error that the application sees. */
  giveUp(error: unknown): Promise<void> | undefined {
    if (!this.#call.isOpen || this.#isLeft) return this.#call.settled()
    if (!this.#held && !this.#isError) return this.#failWith(error)
    if (this.#isRetry) this.#call.attempt(this.#held ?? this.#describe())
    if (this.#signal?.aborted) this.#call.cancel(this.#abortedBy('signal'), this.#seen(false))
    else if (this.#isError) this.#fail(error)
    else this.#call.fail(error, this.#seen(false), statusFacts(this.#head))
    return this.#call.settled()
  }

  /** Something of ours failed: what becomes of the answer is not seen. */
  leave(): void {
    this.#call.cancel('unread', {})
  }

  /** Whether the last event has arrived, or an error, behind which a client may drop the rest. */
  #isComplete(): boolean {
    return isAtEnd(this.#protocol, this.#kept.recent, this.#framing.now, this.#sent.asked)
  }

  get #isError(): boolean {
    return this.#head.status >= 400
  }

  #fail(error?: unknown): void {
    this.#call.fail(error, this.#seen(true, true), statusFacts(this.#head))
  }

  /** What has come and was not handed over. */
  #seen(whole: boolean, isError = false): AnswerReading {
    const facts = this.#facts(whole, isError)
    const kept = this.#kept
    return readAnswerLater(this.#protocol, () => ({ ...facts, chunks: kept.waiting }))
  }

  #facts(whole: boolean, isError = false): AnswerFacts {
    const { contentType, requestId, headers } = this.#head
    const isUnseen = this.#isUnseen && !whole
    const facts = { contentType, requestId, headers, whole, isError, attempt: this.#attempt }
    return isUnseen ? { ...facts, isUnseen } : facts
  }

  #mayRetry(): boolean {
    const options = this.#group?.options()
    return options !== undefined && this.#attempt < options.limit && !options.signal?.aborted
  }

  /** Leaves the call open for the client's next attempt; the caller's signal may still end it. */
  #wait(error?: unknown): void {
    this.#isLeft = true
    const call = this.#call
    call.attempt(this.#describe(error))
    // Whoever may try again holds the group, and nobody this answer.
    stopWatching(call)
    const signal = this.#group?.options().signal
    if (signal) this.#unwatch = onAbort(signal, () => call.cancel('signal', {}))
    if (this.#group) endWhenCollected(this.#group, call, this.#unwatch)
  }

  /** Whether the adapter tells what the client made of an attempt. */
  get #tellsMore(): boolean {
    return this.#group?.options().tellsWhenOver === true && this.#mayRetry()
  }

  /** Leaves a failed attempt to its adapter, where that is to tell what comes of it. */
  #hold(error?: unknown): boolean {
    if (!this.#tellsMore) return false
    this.#held ??= this.#describe(error)
    return true
  }

  /** A call that took several attempts lists the last one, too. */
  #noteLast(error?: unknown): void {
    if (this.#isRetry && this.#call.isOpen) this.#call.attempt(this.#describe(error))
  }

  #describe(error?: unknown): Attempt {
    return describeAttempt(this.#startedAt, this.#head, error)
  }

  /** A client's own signal also serves its timeout, which the caller's signal tells apart. */
  #abortedBy(own: EndedBy): EndedBy {
    const callers = this.#group?.options().signal
    if (callers?.aborted) return endedBySignal(callers)
    if (this.#group) return own
    return this.#signal ? endedBySignal(this.#signal) : own
  }
}
