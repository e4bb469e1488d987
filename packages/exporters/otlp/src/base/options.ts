import {
  AuditError,
  isObject,
  refusePlain,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core/exporter'
import { type OtlpProtocol, readEndpoint } from './endpoint.ts'

/** What is sent: spans, log records (events), metrics. */
export type Signal = 'spans' | 'events' | 'metrics'

/**
 * Where prompts and answers go: nowhere, onto the span, onto the event, or, in place of them,
 * references to the journal. References are the recommended mode: the content stays in one place
 * that can erase it and prove it.
 */
export type ContentCapture = 'none' | 'span' | 'event' | 'span_and_event' | 'reference'

/**
 * Options of `otlpExporter`. What is not given comes from the `OTEL_*` variables of the
 * environment, and else from OpenTelemetry's defaults.
 */
export interface OtlpExporterOptions {
  /** Names the cursor; `otlp` unless given. */
  readonly name?: string
  /** `OTEL_EXPORTER_OTLP_PROTOCOL`, else `http/protobuf`. */
  readonly protocol?: OtlpProtocol
  /**
   * For HTTP the base to which `/v1/traces`, `/v1/logs` and `/v1/metrics` are added, as with
   * `OTEL_EXPORTER_OTLP_ENDPOINT`, before a query if it has one; for gRPC the address, where a host
   * or an IP address without `http://` means TLS.
   */
  readonly endpoint?: string
  /**
   * Whether records may go to another host in the clear, by `http://`; `OTEL_EXPORTER_OTLP_INSECURE`, else false. Certificates of
   * one's own are `OTEL_EXPORTER_OTLP_CERTIFICATE`, `…_CLIENT_CERTIFICATE` and `…_CLIENT_KEY`.
   */
  readonly allowHttp?: boolean
  /** Headers, or gRPC metadata, of every request; added to `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: { readonly [name: string]: string }
  /** Longest wait for an answer in milliseconds; `OTEL_EXPORTER_OTLP_TIMEOUT`, else 10,000. */
  readonly timeoutMs?: number
  /** `OTEL_EXPORTER_OTLP_COMPRESSION`, else `none`. */
  readonly compression?: 'gzip' | 'none'
  /**
   * What to send; all three unless given or excluded by `OTEL_TRACES_EXPORTER=none`,
   * `OTEL_LOGS_EXPORTER=none` or `OTEL_METRICS_EXPORTER=none`.
   */
  readonly signals?: readonly Signal[]
  /** `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, else `none`. */
  readonly content?: ContentCapture
  /**
   * Whether every call gets a `gen_ai.client.inference.operation.details` event;
   * `OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT`, else only where the event carries content.
   */
  readonly detailsEvent?: boolean
  /**
   * Whether every call gets an event `slm_audit.call.received` when it begins, so that the receiver
   * has something of every record, also of calls whose end it never sees.
   */
  readonly receivedEvent?: boolean
  /**
   * Makes the body of a log record of each record, for instance `toOcsf` of `@slm-audit/formats`. These
   * log records, `slm_audit.record`, are sent in place of all other events. A record that it throws
   * for is set aside.
   */
  readonly encode?: (sealed: SealedRecord) => object | string
  /** Messages on spans as one JSON string, for receivers that cannot hold structured attributes. */
  readonly jsonAttributes?: boolean
  /** Whether records that were read from spans of other instrumentations go out as spans again. */
  readonly foreignSpans?: boolean
  /** Attributes of the resource; they win over the environment's and over the records' own. */
  readonly resource?: { readonly [name: string]: string | number | boolean }
}

/** Options of the exporter, completed. */
export interface ExporterSettings {
  readonly name: string
  /** The protocol of each signal that is sent. */
  readonly signals: ReadonlyMap<Signal, OtlpProtocol>
  readonly onSpan: 'none' | 'content' | 'reference'
  readonly onEvent: 'none' | 'content' | 'reference'
  readonly detailsEvent: boolean
  readonly receivedEvent: boolean
  readonly encode: ((sealed: SealedRecord) => object | string) | undefined
  readonly jsonAttributes: boolean
  readonly foreignSpans: boolean
  readonly resource: { readonly [name: string]: string | number | boolean }
  readonly transport: TransportSettings
}

/** What the transports need; `undefined` members are theirs to complete from the environment. */
export interface TransportSettings {
  readonly endpoint: string | undefined
  readonly headers: { readonly [name: string]: string }
  readonly timeoutMs: number | undefined
  readonly compression: 'gzip' | 'none' | undefined
}

type Environment = { readonly [name: string]: string | undefined }

const PROTOCOLS: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc']
const SIGNALS: readonly Signal[] = ['spans', 'events', 'metrics']
const CAPTURES: readonly ContentCapture[] = ['none', 'span', 'event', 'span_and_event', 'reference']
const BOOLEANS = [
  'allowHttp',
  'detailsEvent',
  'receivedEvent',
  'jsonAttributes',
  'foreignSpans'
] as const
const KNOWN: readonly string[] = [
  'name',
  'protocol',
  'endpoint',
  'headers',
  'timeoutMs',
  'compression',
  'signals',
  'content',
  'encode',
  'resource',
  ...BOOLEANS
]

/** OpenTelemetry's names of the signals in variables. */
const VARIABLE: { readonly [S in Signal]: string } = {
  spans: 'TRACES',
  events: 'LOGS',
  metrics: 'METRICS'
}

/** Values of the variable, also the boolean one of JavaScript's instrumentations. */
const CAPTURE_VALUES: { readonly [value: string]: ContentCapture } = {
  NO_CONTENT: 'none',
  FALSE: 'none',
  SPAN_ONLY: 'span',
  EVENT_ONLY: 'event',
  TRUE: 'event',
  SPAN_AND_EVENT: 'span_and_event',
  REFERENCE: 'reference'
}

/** The endpoints of the option or the environment, each of which may be in the clear. */
function refusePlainEndpoints(
  { endpoint, allowHttp }: OtlpExporterOptions,
  signals: readonly Signal[],
  environment: Environment
): void {
  const insecure = environment['OTEL_EXPORTER_OTLP_INSECURE']?.toLowerCase() === 'true'
  const names = ['OTEL_EXPORTER_OTLP_ENDPOINT', ...signals.map(endpointVariable)]
  const given = names.map((name): readonly [string, string | undefined] => [
    name,
    environment[name]
  ])
  const all = endpoint === undefined ? given : [['endpoint', endpoint] as const]
  for (const [name, address = ''] of all) {
    const url = address.trim()
    if (URL.canParse(url)) refusePlain(name, new URL(url), allowHttp ?? insecure)
  }
}

function endpointVariable(signal: Signal): string {
  return `OTEL_EXPORTER_OTLP_${VARIABLE[signal]}_ENDPOINT`
}

/** Completes options. Throws AuditError `bad_option` that names the field and what it takes. */
export function checkExporterOptions(
  options: OtlpExporterOptions,
  environment: Environment = process.env
): ExporterSettings {
  if (!isObject(options as unknown)) throw bad('otlpExporter needs an options object, or nothing')
  refuseUnknown('otlpExporter', options, KNOWN)
  checkTypes(options)
  const content = options.content ?? captureOf(environment) ?? 'none'
  const onEvent = content === 'event' || content === 'span_and_event'
  const signals = signalsOf(options, environment)
  const { endpoint } = options
  const endpoints =
    endpoint === undefined ? [] : [...signals.values()].map((each) => readEndpoint(endpoint, each))
  refusePlainEndpoints(options, [...signals.keys()], environment)
  const emit = environment['OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT']?.toLowerCase()
  return {
    name: options.name ?? 'otlp',
    signals,
    onSpan: content === 'reference' ? content : content.startsWith('span') ? 'content' : 'none',
    onEvent: content === 'reference' ? content : onEvent ? 'content' : 'none',
    detailsEvent: options.detailsEvent ?? (emit === undefined ? onEvent : emit === 'true'),
    receivedEvent: options.receivedEvent ?? false,
    encode: options.encode,
    jsonAttributes: options.jsonAttributes ?? false,
    foreignSpans: options.foreignSpans ?? false,
    resource: options.resource ?? {},
    transport: {
      endpoint: endpoints[0],
      headers: options.headers ?? {},
      timeoutMs: options.timeoutMs,
      compression: options.compression
    }
  }
}

function checkTypes(options: OtlpExporterOptions): void {
  oneOf('protocol', options.protocol, PROTOCOLS)
  oneOf('content', options.content, CAPTURES)
  oneOf('compression', options.compression, ['gzip', 'none'])
  for (const signal of options.signals ?? []) oneOf('signals', signal, SIGNALS)
  for (const name of BOOLEANS) oneOf(name, options[name], [true, false])
  const { name, timeoutMs, encode } = options
  if (encode !== undefined && typeof encode !== 'function') {
    throw bad('encode must be a function of a sealed record')
  }
  if (encode && (options.detailsEvent || options.receivedEvent)) {
    throw bad('encode takes the place of all events: leave out detailsEvent and receivedEvent')
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw bad('name must be a string that is not empty')
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 1)) {
    throw bad('timeoutMs must be a number of at least 1')
  }
  for (const field of ['headers', 'resource'] as const) {
    if (options[field] !== undefined && !isObject(options[field])) {
      throw bad(`${field} must be an object of names and values`)
    }
  }
}

function oneOf(field: string, value: unknown, allowed: readonly unknown[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    throw bad(`${field} must be one of ${allowed.join(', ')}`)
  }
}

function signalsOf(
  options: OtlpExporterOptions,
  environment: Environment
): ReadonlyMap<Signal, OtlpProtocol> {
  const isOn = (signal: Signal) => environment[`OTEL_${VARIABLE[signal]}_EXPORTER`] !== 'none'
  const signals = options.signals ?? SIGNALS.filter(isOn)
  return new Map(
    signals.map((signal) => [signal, options.protocol ?? protocolFor(signal, environment)])
  )
}

function captureOf(environment: Environment): ContentCapture | undefined {
  const value = environment['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT']?.trim()
  if (!value) return undefined
  const capture = CAPTURE_VALUES[value.toUpperCase()]
  if (capture) return capture
  throw bad(
    `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is ${value}; it takes ${Object.keys(CAPTURE_VALUES).join(', ')}`
  )
}

function protocolFor(signal: Signal, environment: Environment): OtlpProtocol {
  const specific = `OTEL_EXPORTER_OTLP_${VARIABLE[signal]}_PROTOCOL`
  const name = environment[specific] ? specific : 'OTEL_EXPORTER_OTLP_PROTOCOL'
  const value = environment[name]
  if (!value) return 'http/protobuf'
  const protocol = PROTOCOLS.find((candidate) => candidate === value)
  if (protocol) return protocol
  throw bad(`${name} is ${value}; it takes ${PROTOCOLS.join(', ')}`)
}

function bad(message: string): AuditError {
  return new AuditError('bad_option', message)
}
