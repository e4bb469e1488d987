import type { IExporterMetricsHelper, ISerializer } from '@opentelemetry/otlp-transformer'
import { AuditError, type ExportResult, messageOf } from '@slm-audit/core/exporter'
import type { Signal } from '../base/options.ts'

/** Sends one request of one signal and says what became of it. Never throws, never tries again. */
export interface Sender<T> extends AsyncDisposable {
  send(items: T, signal: AbortSignal): Promise<ExportResult>
}

/** What OTLP's answers have in common. */
export interface OtlpResponse {
  readonly partialSuccess?: {
    readonly rejectedSpans?: number | string
    readonly rejectedLogRecords?: number | string
    readonly rejectedDataPoints?: number | string
    readonly errorMessage?: string
  }
}

/** Where a signal goes and how it is written. */
export interface SignalPath {
  /** `TRACES`, `LOGS`, `METRICS` in variables. */
  readonly variable: string
  readonly path: string
  readonly service: string
  readonly rpc: string
}

/** The paths of OTLP 1.x. */
export const PATHS: { readonly [S in Signal]: SignalPath } = {
  spans: path('TRACES', 'traces', 'trace', 'TraceService'),
  events: path('LOGS', 'logs', 'logs', 'LogsService'),
  metrics: path('METRICS', 'metrics', 'metrics', 'MetricsService')
}

function path(variable: string, name: string, folder: string, service: string): SignalPath {
  const rpc = `/opentelemetry.proto.collector.${folder}.v1.${service}/Export`
  return { variable, path: `v1/${name}`, service, rpc }
}

/** How a signal's items are serialized. */
export interface SignalFormat<T> {
  readonly signal: Signal
  readonly serializer: ISerializer<T, OtlpResponse>
  readonly helper: IExporterMetricsHelper<T>
}

/**
 * What an answer means whose transport succeeded. A partial success is a success: OTLP forbids to send
 * the same again.
 */
export function readAnswer(signal: Signal, response: OtlpResponse): ExportResult {
  const partial = response.partialSuccess
  const rejected = Number(
    partial?.rejectedSpans ?? partial?.rejectedLogRecords ?? partial?.rejectedDataPoints ?? 0
  )
  const said = partial?.errorMessage
  if (!(rejected > 0)) return said ? stored(signal, said) : { status: 'stored' }
  const reason = said || 'it gave no reason'
  return stored(signal, `the receiver left out ${rejected} of the batch: ${reason}`)
}

/** Taken, with something that the receiver says about it. */
export function stored(signal: Signal, said: string): ExportResult {
  return { status: 'stored', problem: new AuditError('export_rejected', `${signal}: ${said}`) }
}

/** A failure after which the same batch may be sent again. */
export function retry(signal: Signal, cause: unknown, afterMs?: number): ExportResult {
  const message = `${signal} could not be sent: ${messageOf(cause)}`
  return {
    status: 'retry',
    error: new AuditError('export_failed', message, { cause }),
    ...(afterMs !== undefined && { afterMs })
  }
}

/** A failure that the same batch would meet again. */
export function rejected(signal: Signal, cause: unknown): ExportResult {
  const message = `the receiver refused the ${signal} of this batch: ${messageOf(cause)}`
  return { status: 'rejected', error: new AuditError('export_rejected', message, { cause }) }
}
