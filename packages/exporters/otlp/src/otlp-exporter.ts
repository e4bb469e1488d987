import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import {
  AuditError,
  type AuditRecord,
  type Exporter,
  type ExportResult,
  messageOf,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core/exporter'
import {
  checkExporterOptions,
  type ExporterSettings,
  type OtlpExporterOptions
} from './base/options.ts'
import { callEvents, encodedEvent, receivedEvent, recordEvent } from './out/call-events.ts'
import { CallMetrics } from './out/call-metrics.ts'
import { callSpan } from './out/call-span.ts'
import { type ExportedCall, exportedCall } from './out/exported-call.ts'
import { PendingCalls } from './out/pending-calls.ts'
import { Resources, recordResource } from './out/resource.ts'
import { type TracePlace, Traces } from './out/trace-ids.ts'
import { retry } from './send/sender.ts'
import { openSenders, type Senders } from './send/senders.ts'

/**
 * Ships records over OTLP (HTTP with protobuf or JSON, or gRPC): a span for every call that ended,
 * events through the signal of logs, metrics. Names are those of OpenTelemetry's GenAI conventions;
 * docs/guide/opentelemetry.md lists them.
 *
 * A batch is stored when the receiver took all of its signals. Ids of spans derive from auditIds, so
 * a batch that is sent again gives the same spans again. Nothing is loaded before the first batch.
 *
 * Throws AuditError `bad_option` for options or variables that it cannot use.
 */
export function otlpExporter(options: OtlpExporterOptions = {}): Exporter {
  return new OtlpExporter(checkExporterOptions(options))
}

/** Longest stretch of work on a batch before the application's loop is given back, in ms. */
const SLICE_MS = 4

interface Parts {
  readonly senders: Senders
  readonly resources: Resources
  readonly metrics: CallMetrics | undefined
}

interface Outgoing {
  readonly spans: ReadableSpan[]
  readonly events: ReadableLogRecord[]
  readonly ended: string[]
}

class OtlpExporter implements Exporter {
  readonly name: string
  readonly #settings: ExporterSettings
  readonly #pending = new PendingCalls()
  readonly #traces = new Traces()
  #parts: Promise<Parts> | undefined
  /** Metrics that were collected and not yet taken: deltas are collected only once. */
  #unsent: ResourceMetrics[] = []

  constructor(settings: ExporterSettings) {
    this.name = settings.name
    this.#settings = settings
  }

  get #captures(): boolean {
    return this.#settings.onSpan === 'content' || this.#settings.onEvent === 'content'
  }

  async export(batch: readonly SealedRecord[], signal: AbortSignal): Promise<ExportResult> {
    try {
      const parts = await this.#open()
      const { spans, events, ended } = await this.#prepare(batch, parts)
      const result = await this.#send(parts, spans, events, signal)
      if (result.status === 'stored') for (const auditId of ended) this.#pending.take(auditId)
      return result
    } catch (error) {
      if (!AuditError.is(error)) return retry('spans', error)
      return { status: error.code === 'export_rejected' ? 'rejected' : 'retry', error }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined)
    await parts?.senders[Symbol.asyncDispose]()
  }

  #open(): Promise<Parts> {
    this.#parts ??= openParts(this.#settings).catch((cause: unknown) => {
      this.#parts = undefined
      if (AuditError.is(cause)) throw cause
      const message = `OpenTelemetry could not be loaded (is @opentelemetry/api 1.10 or newer?): ${messageOf(cause)}`
      throw new AuditError('export_failed', message, { cause })
    })
    return this.#parts
  }

  async #prepare(batch: readonly SealedRecord[], parts: Parts): Promise<Outgoing> {
    const outgoing: Outgoing = { spans: [], events: [], ended: [] }
    let until = performance.now() + SLICE_MS
    for (const sealed of batch) {
      if (performance.now() >= until) {
        await nextTurn()
        until = performance.now() + SLICE_MS
      }
      const record = parseRecord(sealed)
      this.#encode(sealed, record, outgoing, parts)
      if (isForeign(record) && !this.#settings.foreignSpans) continue
      const resource = parts.resources.of(recordResource(record))
      if (record.stage === 'event') {
        if (this.#settings.encode) continue
        const about = this.#about(record)
        outgoing.events.push(recordEvent(record, sealed, resource, about, this.#settings))
        continue
      }
      const place = this.#traces.place(record)
      if (record.stage === 'received') {
        this.#pending.add(record, this.#captures ? sealed : { ...sealed, contents: [] })
        if (!this.#settings.receivedEvent) continue
        outgoing.events.push(receivedEvent(record, resource, place, this.#settings))
      } else {
        const received = this.#pending.get(record.auditId)
        const around = { place, resource }
        const call = exportedCall(record, sealed, received, around, this.#settings)
        this.#add(call, outgoing, parts)
      }
    }
    return outgoing
  }

  #encode(sealed: SealedRecord, record: AuditRecord, { events }: Outgoing, parts: Parts): void {
    const { encode } = this.#settings
    if (!encode || !parts.senders.events) return
    const place = record.stage === 'event' ? this.#about(record) : this.#traces.place(record)
    const resource = parts.resources.of(recordResource(record))
    events.push(encodedEvent(sealed, record, resource, place, encode))
  }

  /** The span of the call that a record is about. */
  #about({ parent }: AuditRecord): TracePlace | undefined {
    return parent === undefined ? undefined : this.#traces.placeOf(parent)
  }

  #add(call: ExportedCall, outgoing: Outgoing, { metrics }: Parts): void {
    outgoing.spans.push(callSpan(call))
    outgoing.events.push(...callEvents(call, this.#settings))
    outgoing.ended.push(call.record.auditId)
    metrics?.measure(call)
  }

  /** One signal after the other: what the first refuses, the others need not see. */
  async #send(
    { senders, metrics }: Parts,
    spans: ReadableSpan[],
    events: ReadableLogRecord[],
    signal: AbortSignal
  ): Promise<ExportResult> {
    const problems: unknown[] = []
    const isStored = (result: ExportResult): boolean => {
      if (result.status === 'stored' && result.problem !== undefined) problems.push(result.problem)
      return result.status === 'stored'
    }
    if (spans.length > 0 && senders.spans) {
      const result = await senders.spans.send(spans, signal)
      if (!isStored(result)) return result
    }
    if (events.length > 0 && senders.events) {
      const result = await senders.events.send(events, signal)
      if (!isStored(result)) return result
    }
    if (metrics && senders.metrics) {
      if (this.#unsent.length === 0 && spans.length > 0) this.#unsent = await metrics.collect()
      for (const collected of [...this.#unsent]) {
        const result = await senders.metrics.send(collected, signal)
        if (result.status === 'retry') return result
        this.#unsent.shift()
        if (!isStored(result)) return result
      }
    }
    const [problem] = problems
    return { status: 'stored', ...(problem !== undefined && { problem }) }
  }
}

/** Records that were read from spans which their application exports itself. */
function isForeign(record: AuditRecord): boolean {
  return record.trace !== undefined && record.call?.source !== undefined
}

async function openParts(settings: ExporterSettings): Promise<Parts> {
  const { detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  )
  const environment = detectResources({ detectors: [envDetector] })
  const resources = new Resources(resourceFromAttributes, environment.attributes, settings.resource)
  const senders = await openSenders(settings)
  const metrics = senders.metrics
    ? new CallMetrics(await import('@opentelemetry/sdk-metrics'), resources)
    : undefined
  return { senders, resources, metrics }
}
