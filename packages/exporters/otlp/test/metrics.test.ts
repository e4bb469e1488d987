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
    const usage = { inputTokens: 4 }
    log.open({ ...chat, operation: 'embeddings', stream: false }).complete({ usage })
    log.open({ ...chat, operation: 'moderation', stream: false }).complete({})
    await log.tool('weather', async () => 'rain')
  })
  expect(point(metrics, 'gen_ai.client.inference.duration').attributes['error.type']).toBe(
    'RangeError'
  )
  expect(point(metrics, 'gen_ai.client.embeddings.duration').count).toBe('1')
  expect(point(metrics, 'gen_ai.client.embeddings.operation.input_tokens').sum).toBe(4)
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

test('from chunk to chunk: as many as there were, with the mean of what is known', async () => {
  const { metrics } = await exported({}, (log) => {
    const call = log.open(chat)
    for (let chunk = 0; chunk < 6; chunk++) call.chunk()
    call.complete(answer)
  })
  expect(point(metrics, 'gen_ai.client.inference.time_per_output_chunk')).toMatchObject({
    count: '5',
    sum: expect.closeTo(1.25)
  })
})

const splits = {
  'OpenAI, all of it': {
    usage: {
      inputTokens: 20,
      cacheReadTokens: 8,
      raw: {
        prompt_tokens_details: {
          text_tokens: 12,
          audio_tokens: 8,
          cached_tokens_details: { text_tokens: 3, audio_tokens: 5 }
        }
      }
    },
    input: { text: 12, audio: 8 },
    cached: { text: 3, audio: 5 }
  },
  'Gemini, a part of it': {
    usage: {
      inputTokens: 20,
      cacheReadTokens: 8,
      raw: { promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 15 }] }
    },
    input: { image: 15, unknown: 5 },
    cached: { unknown: 8 }
  },
  'more than the whole': {
    usage: { inputTokens: 20, raw: { prompt_tokens_details: { audio_tokens: 30 } } },
    input: { unknown: 20 },
    cached: {}
  }
}
test.each(Object.entries(splits))('tokens by modality: %s', async (_name, { usage, ...told }) => {
  const { metrics, spans } = await exported({}, (log) => log.open(chat).complete({ usage }))
  const byModality = (name: string) => {
    const found = metrics.find((each) => each.name === `gen_ai.client.inference.usage.${name}`)
    const points: Json[] = found?.sum.dataPoints ?? []
    return Object.fromEntries(
      points.map(({ attributes, asInt }) => [plain(attributes)['gen_ai.token.modality'], +asInt])
    )
  }
  expect(byModality('input_tokens')).toEqual(told.input)
  expect(byModality('cache_read.input_tokens')).toEqual(told.cached)
  if ('audio' in told.input) {
    expect(spans[0].attributes).toMatchObject({
      'gen_ai.usage.text.input_tokens': 12,
      'gen_ai.usage.audio.input_tokens': 8,
      'gen_ai.usage.audio.cache_read.input_tokens': 5
    })
  }
})
