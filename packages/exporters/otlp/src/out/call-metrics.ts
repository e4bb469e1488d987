import type { Attributes, Counter, Histogram, Meter, ValueType } from '@opentelemetry/api'
import type {
  AggregationTemporality,
  InstrumentType,
  MetricReader,
  ResourceMetrics
} from '@opentelemetry/sdk-metrics'
import type { AuditRecord } from '@slm-audit/core/exporter'
import { INFERENCE, METRICS } from '../base/semconv.ts'
import type { ExportedCall } from './exported-call.ts'
import { MODALITIES, type ModalCounts, modalityCounts } from './modality-counts.ts'
import { type Resources, serviceResource } from './resource.ts'
import { scope } from './scope.ts'
import { tokenCounts } from './token-counts.ts'

type Sdk = typeof import('@opentelemetry/sdk-metrics')
type Instruments = {
  readonly [Name in keyof typeof METRICS]: (value: number, attributes: Attributes) => void
}

const INT = 0 satisfies ValueType.INT

/** Most chunks of one call that are measured one by one. */
const MOST_CHUNKS = 10_000

/** What tells the streams of a metric apart. */
const DIMENSIONS = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.tool.name',
  'gen_ai.agent.name',
  'server.address',
  'server.port',
  'error.type'
]

/**
 * Measures calls into the instruments of the GenAI conventions, one meter a service. Each call is
 * measured once, by its place in the log, although its batch may be exported several times.
 */
export class CallMetrics {
  readonly #sdk: Sdk
  readonly #resources: Resources
  readonly #meters = new Map<unknown, { instruments: Instruments; reader: MetricReader }>()
  #measured = -1

  constructor(sdk: Sdk, resources: Resources) {
    this.#sdk = sdk
    this.#resources = resources
  }

  measure(call: ExportedCall): void {
    const { index } = call.record.log
    if (index <= this.#measured) return
    this.#measured = index
    record(call, this.#meterOf(call).instruments)
  }

  /** The state of all instruments that were used. */
  async collect(): Promise<ResourceMetrics[]> {
    const collected: ResourceMetrics[] = []
    for (const { reader } of this.#meters.values()) {
      const { resourceMetrics } = await reader.collect()
      if (resourceMetrics.scopeMetrics.length > 0) collected.push(resourceMetrics)
    }
    return collected
  }

  #meterOf({ record: { service } }: ExportedCall) {
    const resource = this.#resources.of(serviceResource(service ? { service } : {}))
    const found = this.#meters.get(resource)
    if (found) return found
    const reader = manualReader(this.#sdk)
    const provider = new this.#sdk.MeterProvider({ resource, readers: [reader] })
    const meter = provider.getMeter(scope.name, scope.version, { schemaUrl: scope.schemaUrl })
    const made = { instruments: instrumentsOf(meter), reader }
    this.#meters.set(resource, made)
    return made
  }
}

/** A reader that collects when asked, with the temporality that the environment prefers. */
function manualReader({ MetricReader, AggregationTemporality, InstrumentType }: Sdk): MetricReader {
  const preference = process.env['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE']?.toLowerCase()
  const isDelta = (type: InstrumentType) =>
    (preference === 'delta' || preference === 'lowmemory') &&
    (type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM)
  class ManualReader extends MetricReader {
    override selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
      return isDelta(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
    }
    protected async onForceFlush(): Promise<void> {
      await Promise.resolve()
    }
    protected async onShutdown(): Promise<void> {
      await Promise.resolve()
    }
  }
  return new ManualReader()
}

function instrumentsOf(meter: Meter): Instruments {
  const make = (metric: (typeof METRICS)[keyof typeof METRICS]) => {
    const { name, unit } = metric
    let instrument: Histogram | Counter | undefined
    return (value: number, attributes: Attributes) => {
      instrument ??=
        'buckets' in metric
          ? meter.createHistogram(name, {
              unit,
              advice: { explicitBucketBoundaries: [...metric.buckets] }
            })
          : meter.createCounter(name, { unit, valueType: INT })
      if ('record' in instrument) instrument.record(value, attributes)
      else instrument.add(value, attributes)
    }
  }
  const entries = Object.entries(METRICS).map(([name, metric]) => [name, make(metric)])
  return Object.fromEntries(entries) as Instruments
}

function record({ record: call, attributes }: ExportedCall, instruments: Instruments): void {
  const operation = call.call?.operation ?? ''
  const isInference = call.kind === 'call' && INFERENCE.includes(operation)
  const dimensions = pick(attributes)
  const { timing, response } = call
  if (timing) instruments[durationOf(call)](timing.durationMs / 1000, dimensions)
  const { usage } = response ?? {}
  const { input, output } = tokenCounts(call)
  if (operation === 'embeddings' && input !== undefined)
    instruments.embeddingsTokens(input, dimensions)
  if (!isInference) return
  recordChunks(call, instruments, dimensions)
  if (input !== undefined) instruments.inputTokens(input, dimensions)
  if (output !== undefined) instruments.outputTokens(output, dimensions)
  const { 'error.type': _error, ...counted } = dimensions
  const split = modalityCounts(call)
  const count = (
    tokens: number | undefined,
    counter: Instruments['inputUsage'],
    part?: keyof ModalCounts
  ) => {
    for (const [modality, share] of sharesOf(tokens, part, split)) {
      counter(share, { ...counted, 'gen_ai.token.modality': modality })
    }
  }
  count(input, instruments.inputUsage, 'input')
  count(output, instruments.outputUsage, 'output')
  count(usage?.cacheReadTokens, instruments.cacheReadUsage, 'cacheRead')
  count(usage?.cacheWriteTokens, instruments.cacheWriteUsage)
  count(usage?.reasoningTokens, instruments.reasoningUsage)
}

/** The histogram that a call's duration goes to. */
function durationOf({ kind, call }: AuditRecord): `${string}Duration` & keyof Instruments {
  const operation = call?.operation ?? ''
  if (operation === 'retrieval') return 'retrievalDuration'
  if (kind === 'tool') return 'toolDuration'
  if (kind === 'step') return 'stepDuration'
  if (INFERENCE.includes(operation)) return 'inferenceDuration'
  return operation === 'embeddings' ? 'embeddingsDuration' : 'operationDuration'
}

/**
 * How long a streamed answer let wait: for its first chunk, and from chunk to chunk. Records have the times of the
 * first and the last, so each chunk between is measured with the mean.
 */
function recordChunks(
  { call, timing }: AuditRecord,
  instruments: Instruments,
  dimensions: Attributes
): void {
  const { timeToFirstChunkMs: first, chunks = 0, durationMs = 0 } = timing ?? {}
  if (!call?.stream || first === undefined) return
  instruments.firstChunk(first / 1000, dimensions)
  const mean = (durationMs - first) / (chunks - 1) / 1000
  for (let chunk = 1; chunk < Math.min(chunks, MOST_CHUNKS); chunk++) {
    instruments.perChunk(mean, dimensions)
  }
}

/** A count by modality; what is not split, or not split whole, is of an unknown one. */
function sharesOf(
  tokens: number | undefined,
  part: keyof ModalCounts | undefined,
  split: ReturnType<typeof modalityCounts>
): (readonly [modality: string, tokens: number])[] {
  if (tokens === undefined) return []
  const shares = MODALITIES.flatMap((modality) => {
    const share = part && split[modality]?.[part]
    return share === undefined || share === 0 ? [] : [[modality, share] as const]
  })
  const left = tokens - shares.reduce((sum, [, share]) => sum + share, 0)
  if (left < 0) return [['unknown', tokens]]
  return left > 0 || shares.length === 0 ? [...shares, ['unknown', left]] : shares
}

function pick(attributes: Attributes): Attributes {
  const entries = DIMENSIONS.map((name) => [name, attributes[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
