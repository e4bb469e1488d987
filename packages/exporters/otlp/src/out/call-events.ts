import type { AnyValue, Attributes, SeverityNumber } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { joinMembers } from '@slm-audit/core'
import { type AuditRecord, encodeWith, isObject, type SealedRecord } from '@slm-audit/core/exporter'
import type { ExporterSettings } from '../base/options.ts'
import { EVENTS, INFERENCE } from '../base/semconv.ts'
import { callAttributes } from './call-attributes.ts'
import { contentOf, errorMessage } from './call-content.ts'
import { type ExportedCall, spanContextOf, toHrTime } from './exported-call.ts'
import { referencesOf } from './references.ts'
import { scope } from './scope.ts'
import type { TracePlace } from './trace-ids.ts'

const DEBUG = 5 satisfies SeverityNumber.DEBUG
const INFO = 9 satisfies SeverityNumber.INFO
const WARN = 13 satisfies SeverityNumber.WARN

const SEVERITIES = { [DEBUG]: 'DEBUG', [INFO]: 'INFO', [WARN]: 'WARN' } as const
type Severity = keyof typeof SEVERITIES

/** The events of a call: its details, where they are asked for, and its exception. */
export function callEvents(call: ExportedCall, settings: ExporterSettings): ReadableLogRecord[] {
  const { record, resource, place, endMs } = call
  const events: ReadableLogRecord[] = []
  if (settings.encode) return events
  const add = (eventName: string, severity: Severity, attributes: Attributes) =>
    events.push(event(eventName, severity, endMs, attributes, resource, place))
  if (settings.detailsEvent && record.kind === 'call') {
    add(EVENTS.details, DEBUG, { ...call.attributes, ...call.eventContent })
  }
  if (record.stage === 'error') {
    const captures = settings.onEvent === 'content' || settings.onSpan === 'content'
    const message = captures ? errorMessage(call.sealed) : undefined
    add(exceptionOf(record), WARN, {
      ...call.attributes,
      'exception.type': call.attributes['error.type'],
      ...(message !== undefined && { 'exception.message': message })
    })
  }
  return events
}

/** The exception's event of what failed: calls of models, embeddings and tools have one each. */
function exceptionOf({ kind, call }: AuditRecord): string {
  if (kind === 'tool') return EVENTS.toolException
  const operation = kind === 'call' ? (call?.operation ?? '') : ''
  if (INFERENCE.includes(operation)) return EVENTS.inferenceException
  return operation === 'embeddings' ? EVENTS.embeddingsException : EVENTS.exception
}

/** The event of a call that begins; its request's content, if anything, as a reference. */
export function receivedEvent(
  record: AuditRecord,
  resource: Resource,
  place: TracePlace,
  { onEvent }: ExporterSettings
): ReadableLogRecord {
  const references = onEvent === 'reference' ? referencesOf([record]) : {}
  const attributes = { ...callAttributes(record), ...references }
  return event(EVENTS.received, INFO, Date.parse(record.at), attributes, resource, place)
}

/**
 * A record that is not a call (an annotation, a gap, a key) as an event `slm_audit.<kind>`; one about a
 * call lies in the span of that call.
 */
export function recordEvent(
  record: AuditRecord,
  sealed: SealedRecord,
  resource: Resource,
  place: TracePlace | undefined,
  settings: ExporterSettings
): ReadableLogRecord {
  const severity = record.kind === 'gap' ? WARN : INFO
  const attributes: Attributes = {
    'slm_audit.audit_id': record.auditId,
    'slm_audit.index': record.log.index,
    'slm_audit.origin': record.log.origin,
    ...(record.parent !== undefined && { 'slm_audit.parent': record.parent }),
    ...eventMembers(record, sealed, settings)
  }
  const name = `slm_audit.${record.kind}`
  return event(name, severity, Date.parse(record.at), attributes, resource, place)
}

/**
 * A record as the body that the application's own `encode` gives it. Throws AuditError
 * `export_rejected` where `encode` throws.
 */
export function encodedEvent(
  sealed: SealedRecord,
  record: AuditRecord,
  resource: Resource,
  place: TracePlace | undefined,
  encode: (sealed: SealedRecord) => object | string
): ReadableLogRecord {
  const attributes: Attributes = {
    'slm_audit.audit_id': record.auditId,
    'slm_audit.index': record.log.index,
    'slm_audit.origin': record.log.origin,
    'slm_audit.stage': record.stage
  }
  const severity = record.stage === 'error' || record.kind === 'gap' ? WARN : INFO
  const made = event(EVENTS.record, severity, Date.parse(record.at), attributes, resource, place)
  return { ...made, body: encodeWith(encode, sealed) as AnyValue }
}

/** The texts of an annotation are people's own, so they are content; the rest are facts. */
function eventMembers(
  { kind, event: facts }: AuditRecord,
  sealed: SealedRecord,
  { onEvent }: ExporterSettings
): Attributes {
  const said = onEvent === 'content' ? contentOf(sealed, 'header.event') : undefined
  const event = joinMembers(facts, said)
  if (!isObject(event)) return {}
  const isFact = ([, value]: [string, unknown]) =>
    typeof value === 'number' || typeof value === 'boolean'
  const members = Object.entries(event)
  const shown = kind === 'annotation' && onEvent !== 'content' ? members.filter(isFact) : members
  return shown.length === 0 ? {} : { 'slm_audit.event': Object.fromEntries(shown) }
}

function event(
  eventName: string,
  severityNumber: Severity,
  atMs: number,
  attributes: Attributes,
  resource: Resource,
  place: TracePlace | undefined
): ReadableLogRecord {
  const time = toHrTime(atMs)
  return {
    eventName,
    severityNumber,
    severityText: SEVERITIES[severityNumber],
    hrTime: time,
    hrTimeObserved: time,
    ...(place && { spanContext: spanContextOf(place) }),
    attributes,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0
  }
}
