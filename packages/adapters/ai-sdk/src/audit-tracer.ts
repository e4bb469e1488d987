import {
  type AuditLog,
  checkWrapping,
  endedByError,
  isObject,
  type OpenCall,
  readNow
} from '@slm-audit/core/adapter'
import { type Attributes, readToolSpan, readTopSpan, type SpanKind } from './read-span.ts'
import { reportUntestedSdk } from './report-untested-sdk.ts'
import { SpanStep } from './span-step.ts'

/** A tracer as AI SDK 5 and 6 use it; its parameters and results are OpenTelemetry's. */
export interface AuditTracer {
  /** Called by the SDK: a span that is recorded as a step or a tool. */
  startSpan(...args: readonly unknown[]): never
  /** The same, with the code that runs inside of it. */
  startActiveSpan(...args: readonly unknown[]): never
}

const tracers = new WeakMap<AuditLog, AuditTracer>()

/**
 * A tracer that makes the spans of AI SDK 5 and 6 into records: one step for each operation, with
 * the calls that {@link auditMiddleware} records below it, and each tool below the model call that
 * asked for it. To be given as `experimental_telemetry: { isEnabled: true, tracer }`.
 */
export function auditTracer(log: AuditLog): AuditTracer {
  checkWrapping(log, log)
  const known = tracers.get(log)
  if (known) return known
  reportUntestedSdk(log)
  const made: AuditTracer = {
    startSpan: () => new AuditSpan() as never,
    startActiveSpan: (name, ...rest) => {
      const attributes = isObject(rest[0]) ? rest[0].attributes : undefined
      const run = rest.at(-1) as (span: AuditSpan) => unknown
      return inSpan(log, String(name), isObject(attributes) ? attributes : {}, run) as never
    }
  }
  tracers.set(log, made)
  return made
}

function inSpan(
  log: AuditLog,
  name: string,
  attributes: Attributes,
  run: (span: AuditSpan) => unknown
): unknown {
  const kind = name === 'ai.toolCall' ? readToolSpan : readTopSpan(name)
  if (kind === undefined || !log.isRecording) return run(new AuditSpan())
  const call = log.open(readNow(() => kind.request(attributes)))
  const step = kind === readToolSpan ? undefined : new SpanStep(log, call, kind.endsWithStream)
  return call.run(() => run(new AuditSpan({ call, kind, step })))
}

/** What a span writes to. */
interface Target {
  readonly call: OpenCall
  readonly kind: SpanKind
  readonly step: SpanStep | undefined
}

/** The span that the SDK writes to; without a target it does nothing. */
class AuditSpan {
  readonly #target: Target | undefined
  #attributes: Attributes = {}
  #error: unknown

  constructor(target?: Target) {
    this.#target = target
  }

  setAttribute(name: string, value: unknown): this {
    return this.setAttributes({ [name]: value })
  }

  setAttributes(attributes: Attributes): this {
    if (this.#target) this.#attributes = { ...this.#attributes, ...attributes }
    return this
  }

  recordException(error: unknown): void {
    this.#error ??= error
  }

  setStatus(status: unknown): this {
    const message = isObject(status) && status.code === 2 ? status.message : undefined
    if (message !== undefined) this.#error ??= { message }
    return this
  }

  end(): void {
    if (!this.#target) return
    const { call, kind, step } = this.#target
    if (this.#error === undefined && kind.isUnfinished(this.#attributes)) {
      step?.endUnfinished()
      return
    }
    step?.leave()
    if (this.#error !== undefined) endWithException(call, this.#error)
    else call.complete(readNow(() => kind.response(this.#attributes)))
  }

  addEvent(): this {
    return this
  }

  addLink(): this {
    return this
  }

  addLinks(): this {
    return this
  }

  updateName(): this {
    return this
  }

  isRecording(): boolean {
    return this.#target !== undefined
  }

  spanContext(): { traceId: string; spanId: string; traceFlags: number } {
    return { traceId: '', spanId: '', traceFlags: 0 }
  }
}

/** Ends a call with an error as spans carry it: its name and message. */
function endWithException(call: OpenCall, error: unknown): void {
  const { name, message } = isObject(error) ? error : {}
  const by = endedByError(error)
  if (by) call.cancel(by)
  else {
    const type = typeof name === 'string' && { type: name }
    call.fail(undefined, {
      error: { ...type, ...(message !== undefined && { message: String(message) }) }
    })
  }
}
