import type { Attributes, Counter, Histogram, Meter, ValueType } from '@opentelemetry/api'
import type {
  AggregationTemporality,
  InstrumentType,
  MetricReader,
  ResourceMetrics
} from '@opentelemetry/sdk-metrics'
import { INFERENCE, METRICS } from '../base/semconv.ts'
import type { ExportedCall } from './exported-call.ts'
import { type Resources, serviceResource } from './resource.ts'
import { scope } from './scope.ts'
import { tokenCounts } from './token-counts.ts'

type Sdk = typeof import('@opentelemetry/sdk-metrics')
type Instruments = {
  readonly [Name in keyof typeof METRICS]: (value: number, attributes: Attributes) => void
}

const INT = 0 satisfies ValueType.INT

const KINDS: { readonly [kind: string]: 'tool' | 'step' } = { tool: 'tool', step: 'step' }

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
  if (timing) {
    const kind = isInference ? 'inference' : (KINDS[call.kind] ?? 'operation')
    instruments[`${kind}Duration`](timing.durationMs / 1000, dimensions)
  }
  if (!isInference) return
  if (call.call?.stream && timing?.timeToFirstChunkMs !== undefined) {
    instruments.firstChunk(timing.timeToFirstChunkMs / 1000, dimensions)
  }
  const { usage } = response ?? {}
  const { input, output } = tokenCounts(call)
  if (input !== undefined) instruments.inputTokens(input, dimensions)
  if (output !== undefined) instruments.outputTokens(output, dimensions)
  const { 'error.type': _error, ...counted } = dimensions
  const modal = { ...counted, 'gen_ai.token.modality': 'unknown' }
  const count = (tokens: number | undefined, counter: Instruments['inputUsage']) => {
    if (tokens !== undefined) counter(tokens, modal)
  }
  count(input, instruments.inputUsage)
  count(output, instruments.outputUsage)
  count(usage?.cacheReadTokens, instruments.cacheReadUsage)
  count(usage?.cacheWriteTokens, instruments.cacheWriteUsage)
  count(usage?.reasoningTokens, instruments.reasoningUsage)
}

function pick(attributes: Attributes): Attributes {
  const entries = DIMENSIONS.map((name) => [name, attributes[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
