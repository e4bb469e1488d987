import {
  type AuditLog,
  type CallRequest,
  type EndedBy,
  isObject,
  type Later,
  type OpenCall,
  type OpenOptions,
  readNow
} from '@slm-audit/core/adapter'
import { endWithError, watchStream } from './end-call.ts'
import { foldParts } from './fold-parts.ts'
import { type Fields, fieldsOf, keepsAll, keepsOf, readModelResult } from './read-event.ts'
import { readStep, readStepOutput } from './read-step.ts'
import { complete } from './record-call.ts'
import { reportUntestedSdk } from './report-untested-sdk.ts'
import { stepsOf } from './step-above.ts'

/** One operation of the SDK: its step, and what is open below it, by the SDK's ids. */
export interface Run {
  readonly id: unknown
  readonly step: OpenCall
  readonly below: Map<string, OpenCall>
  /** Whether it asks its models for answers in pieces. */
  readonly streams: boolean
  /** Whether the integration hears of it, which tells more than the channel. */
  isHeard: boolean
  /** What the stream of its last answer told of in place of an answer. */
  failure?: { readonly error: unknown }
  /** Cancels the model call whose answer streams. */
  cancelStream?: (by: EndedBy) => void
}

/** The operations of AI SDK 7 that go on, by their `callId`. */
export class Runs {
  readonly log: AuditLog
  readonly #runs = new Map<unknown, Run>()

  constructor(log: AuditLog) {
    this.log = log
  }

  find(callId: unknown): Run | undefined {
    return this.#runs.get(callId)
  }

  /** Opens the step of an operation that the integration hears of, unless the channel has. */
  hear(event: Fields): void {
    const run = this.#runs.get(event.callId) ?? this.open(event)
    if (run) run.isHeard = true
  }

  /** Opens the step of an operation; nothing where it is known, or nothing is recorded. */
  open(event: Fields): Run | undefined {
    const { callId: id, aiVersion, operationId } = event
    if (!this.log.isRecording || this.#runs.has(id)) return undefined
    reportUntestedSdk(this.log, aiVersion)
    const step = this.log.open(readNow(() => readStep(event)))
    const streams = /^ai\.stream/.test(String(operationId))
    const run: Run = { id, step, below: new Map(), streams, isHeard: false }
    this.#runs.set(id, run)
    return run
  }

  /** Opens a call below the step of a run, unless one of this key is open. */
  openBelow(
    run: Run,
    key: unknown,
    request: Later<CallRequest>,
    options?: OpenOptions
  ): OpenCall | undefined {
    const name = String(key)
    if (run.below.has(name)) return undefined
    const call = this.log.open(request, { parent: run.step.auditId, ...options })
    run.below.set(name, call)
    return call
  }

  /** The open call of a key below a run, which is open there no more. */
  take(run: Run | undefined, key: unknown): OpenCall | undefined {
    const name = String(key)
    const call = run?.below.get(name)
    run?.below.delete(name)
    if (call) stepsOf(this.log).delete(call.auditId)
    return call
  }

  /** A model gave its answer, or the stream of it. */
  onResult(call: OpenCall, result: unknown, event: Fields): void {
    const { stream } = fieldsOf(result)
    if (!(stream instanceof ReadableStream)) {
      complete(call, () => readModelResult(result, event))
      return
    }
    const run = this.#runs.get(event.callId)
    // What an answer before this one told of is over.
    delete run?.failure
    const cancel = watchStream(call, stream, {
      hides: !keepsAll(event),
      read: (parts) => readModelResult(foldParts(parts), event, parts),
      cancelled: (by) => this.cancel(event.callId, by),
      // The integration hears of the end itself.
      failed: (error) => run?.isHeard === false && this.fail(event.callId, error),
      told: (error) => {
        if (run) run.failure = { error }
      }
    })
    if (run) run.cancelStream = cancel
  }

  /** A tool gave its result, or an error. */
  toolEnded(call: OpenCall | undefined, output: unknown, event: Fields): void {
    if (call === undefined || !isObject(output)) return
    if (output.type === 'tool-error') endWithError(call, output.error)
    else call.complete(keepsOf(event).outputs ? { output: output.output } : {})
  }

  /** An operation came to its end; `result` has what the application gets of it. */
  end(event: Fields, result: Fields): void {
    const run = this.#close(event.callId)
    if (run === undefined) return
    // An attempt that failed before another one did not: the SDK does not say why.
    for (const call of run.below.values()) call.fail(undefined)
    const read = () => (keepsOf(event).outputs ? readStepOutput(result) : {})
    const { error } = result.error === undefined ? (run.failure ?? {}) : result
    if (error === undefined) run.step.complete(readNow(read))
    else endWithError(run.step, error, { partial: readNow(read) })
  }

  fail(callId: unknown, error: unknown): void {
    const run = this.#close(callId)
    if (run === undefined) return
    for (const call of [...run.below.values(), run.step]) endWithError(call, error)
  }

  cancel(callId: unknown, by: EndedBy): void {
    const run = this.#close(callId)
    if (run === undefined) return
    run.cancelStream?.(by)
    for (const call of [...run.below.values(), run.step]) call.cancel(by)
  }

  #close(callId: unknown): Run | undefined {
    const run = this.#runs.get(callId)
    this.#runs.delete(callId)
    for (const { auditId } of run?.below.values() ?? []) stepsOf(this.log).delete(auditId)
    return run
  }
}
