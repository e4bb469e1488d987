import { AuditError } from '@slm-audit/core'
import { type OtlpExporterOptions, otlpExporter } from '@slm-audit/otlp'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { arrived, exported, never, recordsOf } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the environment', () => {
  test.each([
    ['http/protobuf', 'url'],
    ['http/json', 'url'],
    ['grpc', 'grpcUrl']
  ] as const)('endpoint, protocol %s, headers and compression', async (protocol, url) => {
    await using receiver = await otlpReceiver()
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver[url])
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol)
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=k-2')
    await using exporter = otlpExporter({ headers: { 'x-more': 'm' } })
    expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
    expect(receiver.got).toHaveLength(2)
    expect(receiver.got[0]).toMatchObject({
      via: protocol,
      headers: { 'x-api-key': 'k-2', 'x-more': 'm' }
    })
  })

  test('endpoint and protocol of one signal', async () => {
    await using receiver = await otlpReceiver()
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', receiver.grpcUrl)
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc')
    await using exporter = otlpExporter()
    expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
    expect(receiver.got.map(({ via, kind }) => [via, kind])).toEqual([
      ['grpc', 'traces'],
      ['http/protobuf', 'metrics']
    ])
  })

  test('the timeout', async () => {
    await using receiver = await otlpReceiver()
    receiver.fail('traces', { how: 'hang' })
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '50')
    await using exporter = otlpExporter({ endpoint: receiver.url })
    expect(await exporter.export(await recordsOf(), never)).toMatchObject({ status: 'retry' })
  })

  test('resource and service name win over what records say, the option over both', async () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=prod,team=a')
    vi.stubEnv('OTEL_SERVICE_NAME', 'shop')
    const { spans, metrics } = await exported({ resource: { team: 'b' } })
    const expected = {
      'service.name': 'shop',
      'service.version': '1.2.3',
      'deployment.environment.name': 'prod',
      team: 'b'
    }
    expect(spans[0].resource).toMatchObject(expected)
    expect(metrics[0].resource).toEqual(expected)
  })

  test.each([
    ['OTEL_TRACES_EXPORTER', ['logs', 'metrics']],
    ['OTEL_LOGS_EXPORTER', ['traces', 'metrics']],
    ['OTEL_METRICS_EXPORTER', ['traces', 'logs']]
  ])('%s=none leaves that signal out', async (variable, kinds) => {
    await using receiver = await otlpReceiver()
    vi.stubEnv(variable, 'none')
    await using exporter = otlpExporter({ endpoint: receiver.url, detailsEvent: true })
    expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
    expect(receiver.got.map(({ kind }) => kind)).toEqual(kinds)
  })

  test.each([
    ['NO_CONTENT', false, undefined],
    ['SPAN_ONLY', true, undefined],
    ['EVENT_ONLY', false, true],
    ['SPAN_AND_EVENT', true, true],
    ['true', false, true],
    ['false', false, undefined]
  ])('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=%s', async (value, onSpan, onEvent) => {
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', value)
    const { spans, events } = await exported({})
    expect('gen_ai.input.messages' in spans[0].attributes).toBe(onSpan)
    expect(events[0] && 'gen_ai.input.messages' in events[0].attributes).toBe(onEvent)
  })

  test('OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT gives every call its event', async () => {
    vi.stubEnv('OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT', 'true')
    const { events } = await exported({})
    expect(events.map(({ eventName }) => eventName)).toEqual([
      'gen_ai.client.inference.operation.details'
    ])
  })

  test.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http'],
    ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'maybe']
  ])('%s=%s is refused with what it takes', async (variable, value) => {
    vi.stubEnv(variable, value)
    expect(() => otlpExporter().export([], never)).toThrow(
      expect.objectContaining({ code: 'bad_option' })
    )
  })
})

test.each<[object, RegExp]>([
  [{ endpont: 'x' }, /did you mean endpoint/],
  [{ endpoint: 'localhost' }, /endpoint must be a URL/],
  [{ protocol: 'udp' }, /protocol must be one of/],
  [{ content: 'all' }, /content must be one of/],
  [{ signals: ['traces'] }, /signals must be one of spans/],
  [{ timeoutMs: 0 }, /timeoutMs must be a number/],
  [{ name: '' }, /name must be a string/],
  [{ headers: 'a=b' }, /headers must be an object/],
  [{ jsonAttributes: 'yes' }, /jsonAttributes must be one of/]
])('bad options name the field: %o', (options, says) => {
  try {
    otlpExporter(options as OtlpExporterOptions)
    expect.unreachable()
  } catch (error) {
    expect(AuditError.is(error) && error.code).toBe('bad_option')
    expect((error as Error).message).toMatch(says)
  }
})

test('nothing arrives, and nothing fails, for a batch without anything to say', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url })
  const [received] = await recordsOf()
  expect(await exporter.export(received ? [received] : [], never)).toEqual({ status: 'stored' })
  expect(arrived(receiver, 'traces')).toEqual([])
})
