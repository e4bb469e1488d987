import type { BodyChunk } from '../base/bytes.ts'
import type { AskedTool, CallRequest, CallResponse, SeenSpan } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { Attempt, EndedBy, Outcome } from '../record/record.ts'
import type { AnswerFacts } from '../wire/deferred-reading.ts'

/**
 * A call in progress. The first of `complete`, `fail` and `cancel` ends it; later ones do
 * nothing. None of the methods throws.
 *
 * Values given as functions are read later, off the caller's path; values given directly are
 * serialised before the method returns, so the application may change them afterwards.
 */
export interface OpenCall {
  /** Identifies the call in the log; all its records carry it. Empty where nothing is recorded. */
  readonly auditId: string
  /** Whether the call has not ended yet. */
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
  keepPartial(read: () => CallResponse): void
  /** Whether bytes of the answer can be handed over before its end; else whoever watches it keeps them. */
  readonly takesParts: boolean
  /** Hands over bytes of the answer as they came over the wire, so that a long one does not wait in memory. */
  part(answer: AnswerFacts, chunks: readonly BodyChunk[]): void
  /** Ends in `complete`, with the whole answer. */
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
  /**
   * Settles when the call may be made: when `received` is stored, in a mode that waits for it, and a person has
   * approved it, where a policy asks for that; `undefined` where nobody waits. Rejects where it may not be made.
   *
   * @param again Reads the request anew, where the application could change it meanwhile: one that has changed is refused.
   */
  admitted(again?: () => Later<CallRequest>): Promise<void> | undefined
  /** Settles when the terminal record is stored; `undefined` where the mode does not wait. */
  settled(): Promise<void> | undefined
}

/** What `open` may be told beside the request. */
export interface OpenOptions {
  /** auditId of the call or step that this one belongs to; unless given, what the code runs in. */
  readonly parent?: string | undefined
  /**
   * For hooks of frameworks: a layer below that opens the same call inside of `run` takes it over.
   * There is one record then, with what that layer saw, under this call's auditId.
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

/** Stands in where nothing is recorded: after close, or below `withoutRecording`. */
export const unrecordedCall: OpenCall = Object.freeze({
  auditId: '',
  isOpen: false,
  takesParts: false,
  run: <T>(run: () => T): T => run(),
  chunk: ignore,
  attempt: ignore,
  asks: ignore,
  keepPartial: ignore,
  part: ignore,
  complete: ignore,
  fail: ignore,
  cancel: ignore,
  admitted: ignore,
  settled: ignore
})

function ignore(): undefined {
  return undefined
}
