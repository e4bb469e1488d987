import { otlpExporter } from '@slm-audit/otlp'
import { afterEach, expect, test, vi } from 'vitest'
import { type Json, otlpReceiver } from './receiver.ts'
import { answer, arrived, chat, exported, never, plain, recordsOf } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

/** The one point of a metric with its attributes plain. */
function point(metrics: Json[], name: string): Json {
  const metric = metrics.find((each) => each.name === name)
  const [only, ...more] = (metric?.histogram ?? metric?.sum)?.dataPoints ?? []
  expect(more).toEqual([])
  return only && { ...only, attributes: plain(only.attributes) }
}

const common = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'qwen3',
  'gen_ai.response.model': 'qwen3-0.6b',
  'server.address': 'llm.test',
  'server.port': 8443
}

test('durations and time to first chunk in seconds, in the boundaries of the conventions', async () => {
  const { metrics } = await exported({})
  const duration = point(metrics, 'gen_ai.client.inference.duration')
  expect(duration).toMatchObject({ count: '1', sum: 1.5, attributes: common })
  expect(duration.explicitBounds).toEqual([
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
  ])
  expect(duration.bucketCounts.indexOf('1')).toBe(8)
  expect(point(metrics, 'gen_ai.client.inference.time_to_first_chunk').sum).toBe(0.25)
})

test('tokens: counters of use, and their distribution over calls', async () => {
  const { metrics } = await exported({}, (log) => {
    log.open(chat).complete(answer)
    log.open(chat).complete(answer)
  })
  const used = (name: string) => point(metrics, `gen_ai.client.inference.usage.${name}`)
  expect(used('input_tokens')).toMatchObject({
    asInt: '40',
    attributes: { ...common, 'gen_ai.token.modality': 'unknown' }
  })
  expect(used('output_tokens').asInt).toBe('10')
  expect(used('reasoning.output_tokens').asInt).toBe('4')
  expect(used('cache_read.input_tokens')).toBe(undefined)
  expect(point(metrics, 'gen_ai.client.inference.operation.input_tokens')).toMatchObject({
    count: '2',
    sum: 40
  })
})

test('a call that failed is measured with its error; other operations have metrics of their own', async () => {
  const { metrics } = await exported({}, async (log) => {
    log.open(chat).fail(new RangeError('no'))
    log.open({ ...chat, operation: 'embeddings', stream: false }).complete({})
    await log.tool('weather', async () => 'rain')
  })
  expect(point(metrics, 'gen_ai.client.inference.duration').attributes['error.type']).toBe(
    'RangeError'
  )
  expect(point(metrics, 'gen_ai.client.operation.duration').count).toBe('1')
  expect(point(metrics, 'gen_ai.execute_tool.duration').attributes['gen_ai.tool.name']).toBe(
    'weather'
  )
  expect(metrics.some(({ name }) => name.includes('usage'))).toBe(false)
})

test.each(['cumulative', 'delta'] as const)(
  '%s: a batch that is sent again is measured once, and nothing is lost when sending fails',
  async (temporality) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', temporality)
    await using receiver = await otlpReceiver()
    await using exporter = otlpExporter({ endpoint: receiver.url, signals: ['spans', 'metrics'] })
    receiver.fail('metrics', { status: 503 })
    const records = await recordsOf((log) => {
      log.open(chat).complete(answer)
      log.open(chat).complete(answer)
    })
    const halves = [records.slice(0, 2), records.slice(2)] as const
    expect(await exporter.export(halves[0], never)).toMatchObject({ status: 'retry' })
    expect(await exporter.export(halves[0], never)).toEqual({ status: 'stored' })
    expect(await exporter.export(halves[1], never)).toEqual({ status: 'stored' })
    const sums = arrived(receiver, 'metrics')
      .filter(({ name }) => name === 'gen_ai.client.inference.usage.input_tokens')
      .map(({ sum }) => Number(sum.dataPoints[0].asInt))
    const total = temporality === 'delta' ? sums.reduce((a, b) => a + b, 0) : sums.at(-1)
    expect(total).toBe(40)
  }
)
