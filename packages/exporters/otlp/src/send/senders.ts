import type { IExporterMetricsHelper, ISerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { ExporterSettings, Signal } from '../base/options.ts'
import { grpcSender } from './grpc-sender.ts'
import { httpSender } from './http-sender.ts'
import type { OtlpResponse, Sender } from './sender.ts'

/** A sender for each signal that is sent. */
export interface Senders extends AsyncDisposable {
  readonly spans: Sender<ReadableSpan[]> | undefined
  readonly events: Sender<ReadableLogRecord[]> | undefined
  readonly metrics: Sender<ResourceMetrics> | undefined
}

interface Formats<T> {
  readonly protobuf: ISerializer<T, OtlpResponse>
  readonly json: ISerializer<T, OtlpResponse>
  readonly helper: IExporterMetricsHelper<T>
}

/** Loads what the protocols need and opens the senders. */
export async function openSenders(settings: ExporterSettings): Promise<Senders> {
  const otlp = await import('@opentelemetry/otlp-transformer')
  const spans = await open<ReadableSpan[]>(settings, 'spans', {
    protobuf: otlp.ProtobufTraceSerializer,
    json: otlp.JsonTraceSerializer,
    helper: otlp.TraceExporterMetricsHelper
  })
  const events = await open<ReadableLogRecord[]>(settings, 'events', {
    protobuf: otlp.ProtobufLogsSerializer,
    json: otlp.JsonLogsSerializer,
    helper: otlp.LogsExporterMetricsHelper
  })
  const metrics = await open<ResourceMetrics>(settings, 'metrics', {
    protobuf: otlp.ProtobufMetricsSerializer,
    json: otlp.JsonMetricsSerializer,
    helper: otlp.MetricsExporterMetricsHelper
  })
  return {
    spans,
    events,
    metrics,
    async [Symbol.asyncDispose]() {
      for (const sender of [spans, events, metrics]) await sender?.[Symbol.asyncDispose]()
    }
  }
}

async function open<T>(
  settings: ExporterSettings,
  signal: Signal,
  { protobuf, json, helper }: Formats<T>
): Promise<Sender<T> | undefined> {
  const protocol = settings.signals.get(signal)
  if (protocol === undefined) return undefined
  const format = { signal, helper, serializer: protocol === 'http/json' ? json : protobuf }
  if (protocol === 'grpc') return grpcSender(format, settings.transport)
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf'
  return httpSender(format, settings.transport, contentType)
}
