import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { AuditRecord, SealedRecord } from '@slm-audit/core/exporter'
import type { ExporterSettings } from '../base/options.ts'
import { callAttributes } from './call-attributes.ts'
import { asJson, contentAttributes } from './call-content.ts'
import type { PendingCall } from './pending-calls.ts'
import { referencesOf } from './references.ts'
import type { TracePlace } from './trace-ids.ts'

/** A call that ended, as spans, events and metrics see it. */
export interface ExportedCall {
  /** The terminal record. */
  readonly record: AuditRecord
  readonly sealed: SealedRecord
  readonly place: TracePlace
  readonly resource: Resource
  readonly startMs: number
  readonly endMs: number
  /** By the mapping table, without content. */
  readonly attributes: Attributes
  readonly spanContent: Attributes
  readonly eventContent: Attributes
}

/** Puts together what the two records of a call say. */
export function exportedCall(
  record: AuditRecord,
  sealed: SealedRecord,
  received: PendingCall | undefined,
  around: { readonly place: TracePlace; readonly resource: Resource },
  settings: ExporterSettings
): ExportedCall {
  const { onSpan, onEvent, jsonAttributes } = settings
  const headers = received ? [received.record, record] : [record]
  const bodies = received ? [received.sealed, sealed] : [sealed]
  const captures = onSpan === 'content' || onEvent === 'content'
  const content = captures ? contentAttributes(record, bodies) : {}
  const references = referencesOf(headers)
  const choose = (what: 'none' | 'content' | 'reference'): Attributes =>
    what === 'content' ? content : what === 'reference' ? references : {}
  return {
    record,
    sealed,
    ...around,
    ...timesOf(record, received?.record),
    attributes: callAttributes(record),
    spanContent: jsonAttributes ? asJson(choose(onSpan)) : choose(onSpan),
    eventContent: choose(onEvent)
  }
}

/**
 * Begin and end. The duration is the record's own, from a monotonic clock; a call that was abandoned
 * in a crash ended nobody knows when, so its span has no length.
 */
function timesOf(record: AuditRecord, received: AuditRecord | undefined) {
  const end = Date.parse(record.at)
  const durationMs = record.timing?.durationMs
  const begin = received && Date.parse(received.at)
  if (durationMs === undefined) return { startMs: begin ?? end, endMs: begin ?? end }
  const startMs = begin ?? end - durationMs
  return { startMs, endMs: startMs + durationMs }
}

/** Unix time in milliseconds as OpenTelemetry's pair of seconds and nanoseconds. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}

/** The context of a span that was recorded and sampled. */
export function spanContextOf({ traceId, spanId }: TracePlace): SpanContext {
  return { traceId, spanId, traceFlags: 1 }
}
