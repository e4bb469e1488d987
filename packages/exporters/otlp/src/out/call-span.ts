import type { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { errorTypeOf } from './call-attributes.ts'
import { type ExportedCall, spanContextOf, toHrTime } from './exported-call.ts'
import { scope } from './scope.ts'

// The values of OpenTelemetry's enums, which exist at runtime only in its API package.
const INTERNAL = 0 satisfies SpanKind.INTERNAL
const CLIENT = 2 satisfies SpanKind.CLIENT
const UNSET = 0 satisfies SpanStatusCode.UNSET
const ERROR = 2 satisfies SpanStatusCode.ERROR

/** The span of a call: a client's, or an internal one for tools and for models in process. */
export function callSpan(call: ExportedCall): ReadableSpan {
  const { record, place, resource, startMs, endMs } = call
  const errorType = errorTypeOf(record)
  const context = spanContextOf(place)
  return {
    name: spanName(call),
    kind: record.call?.endpoint ? CLIENT : INTERNAL,
    spanContext: () => context,
    ...(place.parentSpanId !== undefined && {
      parentSpanContext: spanContextOf({ ...place, spanId: place.parentSpanId })
    }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(endMs),
    duration: toHrTime(endMs - startMs),
    status: { code: errorType === undefined ? UNSET : ERROR },
    attributes: { ...call.attributes, ...call.spanContent },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0
  }
}

function spanName({ record }: ExportedCall): string {
  const operation = record.call?.operation ?? record.kind
  const target = record.call?.name ?? record.call?.model
  return target === undefined ? operation : `${operation} ${target}`
}
