import { execFileSync, spawnSync } from 'node:child_process'
import { otlpExporter, SCHEMA_URL } from '@slm-audit/otlp'
import { describe, expect, test } from 'vitest'
import { otlpReceiver, PROTOS } from './receiver.ts'
import { arrived, never, recordsOf } from './support.ts'

const protocols = ['http/protobuf', 'http/json', 'grpc'] as const

describe.each(protocols)('%s', (protocol) => {
  const client = protocol === 'http/json' ? 3 : 'SPAN_KIND_CLIENT'

  test('a call arrives as a span with its event and metrics', async () => {
    await using receiver = await otlpReceiver()
    const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
    await using exporter = otlpExporter({ protocol, endpoint, content: 'span_and_event' })
    const records = await recordsOf()
    expect(await exporter.export(records, never)).toEqual({ status: 'stored' })

    expect(receiver.got.map(({ via, kind }) => [via, kind])).toEqual([
      [protocol, 'traces'],
      [protocol, 'logs'],
      [protocol, 'metrics']
    ])
    const [span, ...moreSpans] = arrived(receiver, 'traces')
    const [event, ...moreEvents] = arrived(receiver, 'logs')
    expect([...moreSpans, ...moreEvents]).toEqual([])
    const { auditId } = JSON.parse(records[0]?.header ?? '')
    expect(span).toMatchObject({
      name: 'chat qwen3',
      kind: client,
      traceId: auditId.replaceAll('-', ''),
      spanId: auditId.replaceAll('-', '').slice(16),
      schemaUrl: SCHEMA_URL,
      scope: { name: '@slm-audit/otlp' },
      resource: { 'service.name': 'bot', 'service.version': '1.2.3' }
    })
    expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBe(1_500_000_000n)
    expect(span.attributes['gen_ai.output.messages']).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'Five days.' }] }
    ])
    expect(event).toMatchObject({
      eventName: 'gen_ai.client.inference.operation.details',
      traceId: span.traceId,
      spanId: span.spanId,
      attributes: span.attributes
    })
    expect(arrived(receiver, 'metrics').map(({ name }) => name)).toContain(
      'gen_ai.client.inference.duration'
    )
  })

  test('headers and compression of the options are used', async () => {
    await using receiver = await otlpReceiver()
    const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
    const headers = { 'x-api-key': 'k-1' }
    const options = {
      protocol,
      endpoint,
      headers,
      compression: 'gzip',
      signals: ['spans']
    } as const
    await using exporter = otlpExporter(options)
    expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
    const [request] = receiver.got
    expect(request?.headers).toMatchObject({ 'x-api-key': 'k-1' })
    if (protocol !== 'grpc') expect(request?.headers).toHaveProperty('content-encoding', 'gzip')
    expect(arrived(receiver, 'traces')).toHaveLength(1)
  })
})

const hasProtoc = spawnSync('protoc', ['--version']).status === 0
const mayBeMissing = process.env.SLM_AUDIT_CROSSCHECK !== 'required'
const services = [
  ['traces', 'trace', 'ExportTraceServiceRequest', 'name: "chat qwen3"'],
  ['logs', 'logs', 'ExportLogsServiceRequest', 'gen_ai.client.inference.operation.details'],
  ['metrics', 'metrics', 'ExportMetricsServiceRequest', 'gen_ai.client.inference.duration']
] as const

test.skipIf(!hasProtoc && mayBeMissing)(
  `protoc decodes every signal by the official files${hasProtoc ? '' : ' (protoc is not installed: scripts/crosscheck/install.sh)'}`,
  async () => {
    await using receiver = await otlpReceiver()
    await using exporter = otlpExporter({ endpoint: receiver.url, content: 'event' })
    await exporter.export(await recordsOf(), never)
    for (const [kind, folder, message, word] of services) {
      const request = receiver.got.find((each) => each.kind === kind)
      const decoded = execFileSync(
        'protoc',
        [
          `-I${PROTOS}`,
          `--decode=opentelemetry.proto.collector.${folder}.v1.${message}`,
          `opentelemetry/proto/collector/${folder}/v1/${folder}_service.proto`
        ],
        { input: request?.raw ?? '', encoding: 'utf8' }
      )
      expect(decoded).toContain(word)
      expect(decoded).toContain('gen_ai.provider.name')
      expect(decoded).toContain(SCHEMA_URL)
    }
  }
)
