import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { otlpExporter } from '@slm-audit/otlp'
import { afterEach, expect, test, vi } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { never, recordsOf } from './support.ts'

afterEach(() => vi.unstubAllEnvs())

/** Notes the paths that are asked for, and takes everything. */
async function pathServer() {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    request.resume().on('end', () => response.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { paths, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() }
}

const ENDPOINTS: readonly (readonly [ending: string, path: string])[] = [
  ['', '/v1/traces'],
  ['/', '/v1/traces'],
  ['//', '/v1/traces'],
  ['/otlp', '/otlp/v1/traces'],
  ['/otlp/', '/otlp/v1/traces'],
  ['?api-key=abc', '/v1/traces?api-key=abc'],
  ['/otlp?tenant=1&x=%2F', '/otlp/v1/traces?tenant=1&x=%2F']
]

test.each(ENDPOINTS)('an endpoint that ends in %j is asked for %s', async (ending, path) => {
  using server = await pathServer()
  const endpoint = ` ${server.url}${ending} `
  await using exporter = otlpExporter({ endpoint, signals: ['spans'] })
  expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint)
  await using other = otlpExporter({ signals: ['spans'] })
  expect(await other.export(await recordsOf(), never)).toEqual({ status: 'stored' })
  expect(server.paths).toEqual([path, path])
})

test('gRPC takes IP addresses, with and without a scheme', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({
    protocol: 'grpc',
    endpoint: receiver.grpcUrl,
    signals: ['spans']
  })
  expect(await exporter.export(await recordsOf(), never)).toEqual({ status: 'stored' })
  for (const endpoint of ['10.0.0.5:4317', '[::1]:4317', 'collector:4317', 'unix:///tmp/otlp']) {
    expect(() => otlpExporter({ protocol: 'grpc', endpoint })).not.toThrow()
  }
})

test.each([
  [
    'http/protobuf',
    'localhost:4318',
    /endpoint must be a URL .* did you mean http:\/\/localhost:4318\?/
  ],
  ['http/json', '127.0.0.1:4318', /did you mean http:\/\/127.0.0.1:4318\?/],
  ['http/protobuf', 'ftp://x', /endpoint must be a URL/],
  ['http/protobuf', '', /endpoint must be a URL/],
  ['http/protobuf', 'http://x/v1/traces', /\/v1\/traces is added to it; leave it out/],
  ['grpc', 'a b', /endpoint must be an address/],
  ['grpc', ' ', /endpoint must be an address/]
] as const)('%s refuses %j and says what it takes', (protocol, endpoint, says) => {
  expect(() => otlpExporter({ protocol, endpoint })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(says) })
  )
})

test('a variable that is not a URL is named', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318')
  await using exporter = otlpExporter({ signals: ['spans'] })
  expect(await exporter.export(await recordsOf(), never)).toMatchObject({
    status: 'retry',
    error: { message: expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/) }
  })
})

test('what a query holds is in no error text', async () => {
  const endpoint = 'http://127.0.0.1:2/x?api-key=SECRET'
  await using exporter = otlpExporter({ endpoint, signals: ['spans'] })
  const result = await exporter.export(await recordsOf(), never)
  expect(result).toMatchObject({ status: 'retry' })
  expect(String(result.status === 'retry' && result.error)).not.toContain('SECRET')
})

test('an endpoint in the clear on another host is refused unless that is known', () => {
  const endpoint = 'http://collector.example:4318'
  const message = /in the clear; use https:\/\/, or say allowHttp: true/
  expect(() => otlpExporter({ endpoint })).toThrow(message)
  expect(() => otlpExporter({ endpoint, protocol: 'grpc' })).toThrow(message)
  expect(otlpExporter({ endpoint, allowHttp: true }).name).toBe('otlp')
  vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', endpoint)
  expect(() => otlpExporter()).toThrow(/OTEL_EXPORTER_OTLP_LOGS_ENDPOINT would send/)
  expect(otlpExporter({ signals: ['spans'] }).name).toBe('otlp')
  vi.stubEnv('OTEL_EXPORTER_OTLP_INSECURE', 'true')
  expect(otlpExporter().name).toBe('otlp')
})
