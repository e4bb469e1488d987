import type { AuditLog, EndedBy, OpenCall } from '@slm-audit/core/adapter'
import { endWithError } from './end-call.ts'
import { type StepAbove, stepsOf } from './step-above.ts'

/** A step of AI SDK 5 and 6 that goes on: its span does not say why a stream ended early. */
export class SpanStep implements StepAbove {
  readonly call: OpenCall
  readonly #log: AuditLog
  readonly #endsWithStream: boolean
  #isUnfinished = false
  /** What ended the stream of its model. */
  #error: unknown

  /** @param endsWithStream Whether nobody ends the span once the stream failed. */
  constructor(log: AuditLog, call: OpenCall, endsWithStream: boolean) {
    this.#log = log
    this.call = call
    this.#endsWithStream = endsWithStream
    stepsOf(log).set(call.auditId, this)
  }

  cancelled(by: EndedBy): void {
    this.leave()
    this.call.cancel(by)
  }

  /** The model failed in mid-stream; the span's end may tell whether the step failed, too. */
  failed(error: unknown): void {
    this.#error = error
    if (this.#isUnfinished || this.#endsWithStream) this.endUnfinished()
  }

  /** The span ended without a result: as its model's stream did, or will. */
  endUnfinished(): void {
    this.#isUnfinished = true
    if (this.#error === undefined) return
    this.leave()
    endWithError(this.call, this.#error)
  }

  /** The step has ended. */
  leave(): void {
    stepsOf(this.#log).delete(this.call.auditId)
  }
}
