import { status as code, Metadata } from '@grpc/grpc-js'
import { AuditError } from '@slm-audit/core'
import { otlpExporter } from '@slm-audit/otlp'
import { describe, expect, test } from 'vitest'
import { type Fault, type Kind, otlpReceiver } from './receiver.ts'
import { arrived, never, recordsOf } from './support.ts'

type Expected = readonly [status: 'retry' | 'rejected', says: RegExp, afterMs?: number]

const http: readonly (readonly [name: string, fault: Fault, expected: Expected])[] = [
  [
    '429 with Retry-After',
    { status: 429, headers: { 'retry-after': '7' } },
    ['retry', /429/, 7000]
  ],
  [
    '503 with Retry-After',
    { status: 503, headers: { 'retry-after': '2' } },
    ['retry', /503/, 2000]
  ],
  ['503', { status: 503 }, ['retry', /503/]],
  ['500', { status: 500 }, ['retry', /500/]],
  ['401', { status: 401 }, ['retry', /check the headers/]],
  ['404', { status: 404 }, ['retry', /check the endpoint/]],
  ['400', { status: 400 }, ['rejected', /400/]],
  ['413', { status: 413 }, ['rejected', /413/]],
  ['a connection that closes', { how: 'close' }, ['retry', /socket hang up|ECONNRESET/]]
]

const exhausted = new Metadata()
// google.rpc.Status { details: [Any { type_url: '…/google.rpc.RetryInfo', value: RetryInfo { retry_delay: 3 s } }] }
const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
const info = Buffer.from([0x0a, 2, 0x08, 3])
const any = Buffer.concat([Buffer.from([0x0a, type.length]), type, Buffer.from([0x12, 4]), info])
const status = Buffer.concat([Buffer.from([0x08, 8, 0x1a, any.length]), any])
exhausted.set('grpc-status-details-bin', status)

const grpc: typeof http = [
  ['UNAVAILABLE', { code: code.UNAVAILABLE }, ['retry', /UNAVAILABLE/]],
  [
    'RESOURCE_EXHAUSTED with RetryInfo',
    { code: code.RESOURCE_EXHAUSTED, metadata: exhausted },
    ['retry', /RESOURCE_EXHAUSTED/, 3000]
  ],
  ['UNAUTHENTICATED', { code: code.UNAUTHENTICATED }, ['retry', /UNAUTHENTICATED/]],
  ['UNIMPLEMENTED', { code: code.UNIMPLEMENTED }, ['retry', /UNIMPLEMENTED/]],
  ['INVALID_ARGUMENT', { code: code.INVALID_ARGUMENT }, ['rejected', /INVALID_ARGUMENT/]]
]

interface Taken {
  readonly name: string
  readonly fault: Fault
  readonly told?: RegExp
}

/** Answers that have taken a batch, whatever they look like, and what of them is told. */
const taken: readonly Taken[] = [
  {
    name: 'a partial success',
    fault: { partial: { rejectedSpans: 1, errorMessage: 'too old' } },
    told: /left out 1 of the batch: too old/
  },
  {
    name: 'a warning',
    fault: { partial: { rejectedSpans: 0, errorMessage: 'slow down' } },
    told: /slow down/
  },
  { name: 'garbage', fault: { body: Buffer.from([0x0f, 0xff, 0xff, 0xff]) } }
]

const json = (type: string, body: string): Fault => ({ body, headers: { 'content-type': type } })

const takenByHttp: readonly Taken[] = [
  {
    name: 'JSON whatever was sent (Langfuse)',
    fault: json('application/json; charset=utf-8', '{}')
  },
  {
    name: 'JSON under another name (MLflow)',
    fault: json('application/x-protobuf', '{"partialSuccess":null}')
  },
  {
    name: 'JSON that left something out',
    fault: json('application/json', '{"partialSuccess":{"rejectedSpans":"2"}}'),
    told: /left out 2/
  },
  { name: 'null', fault: json('application/json', 'null') },
  { name: 'a word', fault: json('text/plain', 'ok') },
  { name: 'a list', fault: json('application/json', '[]') },
  {
    name: 'protobuf under another name',
    fault: { ...json('application/protobuf', ''), body: Buffer.from([0x0a, 0x00]) }
  },
  { name: 'no content', fault: { status: 204 } },
  { name: 'accepted', fault: { status: 202, ...json('application/json', '{"id":7}') } },
  { name: 'half an answer', fault: { how: 'half' } },
  { name: 'more than is read', fault: { body: Buffer.alloc(5_000_000, 32) } },
  {
    name: 'a page',
    fault: json('text/html', '<html>Sign in</html>'),
    told: /answered with a page; check the endpoint/
  }
]

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('%s', (protocol) => {
  test.each(protocol === 'grpc' ? grpc : http)(
    '%s',
    async (_name, fault, [status, says, afterMs]) => {
      await using receiver = await otlpReceiver()
      receiver.fail('traces', fault)
      const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
      await using exporter = otlpExporter({ protocol, endpoint })
      const records = await recordsOf()
      const result = await exporter.export(records, never)
      expect(result.status).toBe(status)
      const { error } = result as { error: AuditError }
      expect(AuditError.is(error)).toBe(true)
      expect(error.message).toMatch(says)
      expect((result as { afterMs?: number }).afterMs).toBe(afterMs)
      // One attempt; and the next one, of the same batch, finds everything as it was.
      expect(receiver.seen).toEqual(['traces'])
      expect(await exporter.export(records, never)).toEqual({ status: 'stored' })
      expect(arrived(receiver, 'traces')).toHaveLength(1)
    }
  )

  test.each(protocol === 'grpc' ? taken : [...taken, ...takenByHttp])(
    '$name has taken the batch',
    async ({ fault, told }) => {
      await using receiver = await otlpReceiver()
      receiver.fail('traces', fault)
      const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
      await using exporter = otlpExporter({ protocol, endpoint, signals: ['spans'] })
      const result = await exporter.export(await recordsOf(), never)
      expect(result).toEqual({
        status: 'stored',
        ...(told && { problem: expect.objectContaining({ message: expect.stringMatching(told) }) })
      })
    }
  )

  test('a receiver that does not listen', async () => {
    const endpoint = 'http://127.0.0.1:2'
    await using exporter = otlpExporter({ protocol, endpoint, timeoutMs: 2_000 })
    const result = await exporter.export(await recordsOf(), never)
    expect(result).toMatchObject({ status: 'retry', error: { code: 'export_failed' } })
  })

  test('a receiver that never answers: the deadline ends the wait', async () => {
    await using receiver = await otlpReceiver()
    receiver.fail('traces', { how: 'hang' }, { how: 'hang' })
    const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
    await using patient = otlpExporter({ protocol, endpoint, timeoutMs: 60_000 })
    const records = await recordsOf()
    const aborted = await patient.export(records, AbortSignal.timeout(50))
    expect(aborted).toMatchObject({ status: 'retry', error: { code: 'export_failed' } })
    await using hasty = otlpExporter({ protocol, endpoint, timeoutMs: 50 })
    expect(await hasty.export(records, never)).toMatchObject({ status: 'retry' })
  })

  test.each(['logs', 'metrics'] as Kind[])('%s that fail hold the batch back', async (kind) => {
    await using receiver = await otlpReceiver()
    const fault = protocol === 'grpc' ? { code: code.UNAVAILABLE } : { status: 503 }
    receiver.fail(kind, fault)
    const endpoint = protocol === 'grpc' ? receiver.grpcUrl : receiver.url
    await using exporter = otlpExporter({ protocol, endpoint, detailsEvent: true })
    const records = await recordsOf()
    expect(await exporter.export(records, never)).toMatchObject({ status: 'retry' })
    expect(await exporter.export(records, never)).toEqual({ status: 'stored' })
    const ids = arrived(receiver, 'traces').map(({ spanId }) => spanId)
    expect(ids).toEqual([ids[0], ids[0]])
    const duration = arrived(receiver, 'metrics').find(({ name }) => name.endsWith('duration'))
    expect(Number(duration.histogram.dataPoints[0].count)).toBe(1)
  })
})
