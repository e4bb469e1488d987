import type { Context, HrTime, SpanContext } from '@opentelemetry/api'
import type { AuditLog, CallResponse, OpenCall } from '@slm-audit/core/adapter'
import { AuditError, messageOf } from '@slm-audit/core/exporter'
import type { Dialect, SpanKind, SpanView } from './dialect.ts'
import { aiSdkDialect } from './dialect-ai-sdk.ts'
import { openinferenceDialect } from './dialect-openinference.ts'
import { openllmetryDialect } from './dialect-openllmetry.ts'
import { otelDialect } from './dialect-otel.ts'
import { SeenAttributes } from './seen-attributes.ts'

/** What the processor reads of a span; the SDKs 1, 2 and 3 of OpenTelemetry all have it. */
export interface SeenSdkSpan {
  /** The span's name. */
  readonly name: string
  /** The ids of the span. */
  spanContext(): SpanContext
  /** SDK 2 and 3. */
  readonly parentSpanContext?: SpanContext | undefined
  /** SDK 1. */
  readonly parentSpanId?: string | undefined
  /** Whether the span is over. */
  readonly ended?: boolean
  /** Seconds and nanoseconds since 1970. */
  readonly startTime: HrTime
  /** Seconds and nanoseconds. */
  readonly duration: HrTime
  /** 0 unset, 1 right, 2 an error; with its message. */
  readonly status: { readonly code: number; readonly message?: string | undefined }
  /** The span's attributes. */
  readonly attributes: { readonly [name: string]: unknown }
  /** What happened within the span. */
  readonly events: readonly {
    readonly name: string
    readonly attributes?: { readonly [name: string]: unknown } | undefined
  }[]
  /** SDK 2 and 3. */
  readonly instrumentationScope?: { readonly name: string }
  /** SDK 1. */
  readonly instrumentationLibrary?: { readonly name: string }
}

/** OpenTelemetry's SpanProcessor, as all its SDKs take it. */
export interface AuditSpanProcessor {
  /** Called by the SDK when a span starts. */
  onStart(span: SeenSdkSpan, parentContext: Context): void
  /** Called by the SDK when a span ends: it is recorded if it is a model's call. */
  onEnd(span: SeenSdkSpan): void
  /** Resolves when what was seen is in the log. */
  forceFlush(): Promise<void>
  /** Stops recording spans; the log stays open. */
  shutdown(): Promise<void>
}

/** The most telling first: spans of the AI SDK carry attributes of other dialects as well. */
const DIALECTS: readonly Dialect[] = [
  aiSdkDialect,
  openinferenceDialect,
  openllmetryDialect,
  otelDialect
]

/**
 * Records the model calls and tool runs that other instrumentations write into spans, marked with
 * their dialect in `call.source`: OpenTelemetry's own conventions, OpenInference, OpenLLMetry, the
 * AI SDK. What a span does not say, such as messages that its instrumentation was not told to
 * capture, the record does not say either; spans that the sampler drops are not seen.
 *
 * A call counts once: a call inside another one of its kind is part of it, and where a client of the
 * same log is wrapped as well, its record takes the place of the span's. For the latter the log
 * needs `traceContext: otelTraceContext()`.
 *
 * Nothing here throws; what goes wrong is reported to the log's `onProblem`.
 */
export function auditSpanProcessor(log: AuditLog): AuditSpanProcessor {
  return new Processor(log)
}

interface OpenSpan {
  readonly call: OpenCall
  readonly dialect: Dialect
  readonly asked: Asked
}

/** What the log read of a span's request; it reads it once, after the start. */
interface Asked {
  /** Whether it has been read; what comes before that is in it. */
  isRead: boolean
  /** Whether the span told of the prompt by then. */
  hasInput: boolean
}

const ERROR = 2

/** An exception's event, by the name that OpenTelemetry has, or one of those of the GenAI conventions. */
const EXCEPTION = /^(gen_ai\..+\.)?exception$/

/** Scopes whose spans get their attributes right after their start, in the same tick. */
const SETS_LATER = /openinference/i

class Processor implements AuditSpanProcessor {
  readonly #log: AuditLog
  /** Spans that stand for recorded calls, by their ids. */
  readonly #open = new Map<string, OpenSpan>()
  /** Open spans that are calls of a model, and all open spans below one. */
  readonly #inside = new Set<string>()

  constructor(log: AuditLog) {
    this.#log = log
  }

  onStart(span: SeenSdkSpan): void {
    this.#guard(() => {
      const view = viewOf(span)
      this.#start(span, view)
      if (!SETS_LATER.test(view.scope) || this.#open.has(span.spanContext().spanId)) return
      queueMicrotask(() => this.#guard(() => span.ended || this.#start(span, viewOf(span))))
    })
  }

  #start(span: SeenSdkSpan, view: SpanView): void {
    const { spanId } = span.spanContext()
    const isInside = this.#isInside(span)
    const [dialect, kind] = recognize(view)
    if (isInside || kind === 'call') this.#inside.add(spanId)
    if (dialect === undefined || (kind === 'call' && isInside)) return
    const asked = { isRead: false, hasInput: false }
    this.#open.set(spanId, { dialect, asked, call: this.#openCall(span, dialect, asked) })
  }

  onEnd(span: SeenSdkSpan): void {
    this.#guard(() => {
      const { spanId } = span.spanContext()
      const isInside = this.#isInside(span)
      const found = this.#open.get(spanId)
      this.#open.delete(spanId)
      this.#inside.delete(spanId)
      const [dialect, kind] = found ? [found.dialect] : recognize(viewOf(span))
      if (dialect === undefined || (!found && kind === 'call' && isInside)) return
      const { isRead, hasInput } = found?.asked ?? { isRead: false, hasInput: false }
      end(found?.call ?? this.#openCall(span, dialect), span, dialect, isRead && !hasInput)
    })
  }

  async forceFlush(): Promise<void> {
    try {
      await this.#log.flush()
    } catch (cause) {
      this.#report(cause)
    }
  }

  /** Stores what was seen. Spans that did not end stay open calls; the log abandons them at its end. */
  shutdown(): Promise<void> {
    return this.forceFlush()
  }

  #openCall(span: SeenSdkSpan, dialect: Dialect, asked?: Asked): OpenCall {
    const { traceId, spanId } = span.spanContext()
    const startedAt = toMs(span.startTime)
    const atStart = { ...span.attributes }
    // What was there at the start is what was sent; some replace it by what was answered.
    const request = () => {
      const read = dialect.request(viewOf(span, { ...span.attributes, ...atStart }))
      if (asked) Object.assign(asked, { isRead: true, hasInput: read.input !== undefined })
      return { ...read, source: dialect.source }
    }
    return this.#log.open(request, { span: { traceId, spanId, startedAt } })
  }

  #isInside(span: SeenSdkSpan): boolean {
    const parent = span.parentSpanContext?.spanId ?? span.parentSpanId
    return parent !== undefined && this.#inside.has(parent)
  }

  #guard(run: () => unknown): void {
    try {
      run()
    } catch (cause) {
      this.#report(cause)
    }
  }

  #report(cause: unknown): void {
    const message = `a span could not be recorded: ${messageOf(cause)}`
    this.#log.report(new AuditError('observer_failed', message, { cause }))
  }
}

function recognize(view: SpanView): readonly [Dialect?, SpanKind?] {
  for (const dialect of DIALECTS) {
    const kind = dialect.kindOf(view)
    if (kind !== undefined) return [dialect, kind]
  }
  return []
}

/** Ends a call. Messages that came as events after the start, when its request was recorded, are kept as `rest`. */
function end(call: OpenCall, span: SeenSdkSpan, dialect: Dialect, isAskedLater: boolean): void {
  const view = viewOf(span)
  const { input } = isAskedLater ? dialect.request(view) : {}
  const durationMs = toMs(span.duration)
  const response = (): CallResponse => {
    const { firstChunkMs, ...answer } = dialect.response(view)
    const first = firstChunkMs === undefined ? {} : { timeToFirstChunkMs: firstChunkMs }
    const rest = input === undefined ? {} : { rest: { input } }
    return { ...answer, ...rest, timing: { durationMs, ...first } }
  }
  if (span.status.code === ERROR) call.fail(errorOf(span, view), response)
  else call.complete(response)
}

/** The error that a span tells of, by its exception event, its `error.type`, or its status. */
function errorOf(span: SeenSdkSpan, { attributes, events }: SpanView): Error {
  const exception = events.find(({ name }) => EXCEPTION.test(name))?.attributes
  const error = new Error(exception?.text('exception.message') ?? span.status.message ?? '')
  const name = exception?.text('exception.type') ?? attributes.text('error.type')
  if (name !== undefined) error.name = name
  const status = attributes.count('http.response.status_code')
  return status === undefined ? error : Object.assign(error, { status })
}

function viewOf(span: SeenSdkSpan, attributes = span.attributes): SpanView {
  return {
    name: span.name,
    scope: (span.instrumentationScope ?? span.instrumentationLibrary)?.name ?? '',
    attributes: new SeenAttributes(attributes),
    events: span.events.map(({ name, attributes = {} }) => ({
      name,
      attributes: new SeenAttributes(attributes)
    }))
  }
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6
}
