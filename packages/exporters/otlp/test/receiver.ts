// An OTLP receiver that shares no code with the exporter: bodies are decoded by the protobufjs code
// that an old release generated from the official .proto files; the exporter's encoder is newer and
// written by hand.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'

const require = createRequire(import.meta.url)
const { opentelemetry } = require(
  join(dirname(require.resolve('otlp-decoder/package.json')), 'build/src/generated/root.js')
) as { opentelemetry: { proto: { collector: { [name: string]: { v1: Messages } } } } }

/** The folder with the official .proto files. */
export const PROTOS = join(dirname(require.resolve('otlp-protos/package.json')), 'build/protos')

interface Message {
  decode(bytes: Uint8Array): unknown
  encode(value: object): { finish(): Uint8Array }
  toObject(message: unknown, options: object): Body
}
type Messages = { readonly [name: string]: Message }

export type Kind = 'traces' | 'logs' | 'metrics'
export type Body = { readonly [member: string]: Json }
// biome-ignore lint/suspicious/noExplicitAny: decoded bodies are read freely
export type Json = any

/** One request as it arrived. */
export interface Received {
  readonly via: 'http/protobuf' | 'http/json' | 'grpc'
  readonly kind: Kind
  readonly headers:
    | IncomingHttpHeaders
    | grpc.MetadataValue
    | { [name: string]: grpc.MetadataValue }
  readonly body: Body
  readonly raw?: Buffer
}

/** What the receiver does with one request; nothing unless given means it takes it. */
export interface Fault {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
  /** Members of `partialSuccess`. */
  readonly partial?: object
  /** `hang` never answers, `half` sends half of an answer and closes, `close` closes at once. */
  readonly how?: 'hang' | 'half' | 'close'
  readonly code?: grpc.status
  readonly metadata?: grpc.Metadata
}

export interface Receiver extends AsyncDisposable {
  readonly got: Received[]
  /** Requests that came, taken or not. */
  readonly seen: Kind[]
  readonly url: string
  readonly grpcUrl: string
  /** Faults for the next requests of a kind; afterwards everything is taken. */
  fail(kind: Kind, ...faults: Fault[]): void
  /** What to do with every request from now on that `fail` says nothing about. */
  always(choose: (kind: Kind, body: Body) => Fault | undefined): void
}

const SERVICES = {
  traces: ['trace', 'ExportTraceService', 'TraceService'],
  logs: ['logs', 'ExportLogsService', 'LogsService'],
  metrics: ['metrics', 'ExportMetricsService', 'MetricsService']
} as const

export async function otlpReceiver(): Promise<Receiver> {
  const got: Received[] = []
  const seen: Kind[] = []
  const faults: { [K in Kind]: Fault[] } = { traces: [], logs: [], metrics: [] }
  let choose: Parameters<Receiver['always']>[0] = () => undefined
  const next = (kind: Kind, body: Body): Fault | undefined => {
    seen.push(kind)
    return faults[kind].shift() ?? choose(kind, body)
  }
  const http = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const zipped = request.headers['content-encoding'] === 'gzip'
    const raw = zipped ? gunzipSync(Buffer.concat(parts)) : Buffer.concat(parts)
    const kind = request.url?.split('/').pop() as Kind
    const isJson = request.headers['content-type'] === 'application/json'
    const body = isJson ? JSON.parse(raw.toString()) : decode(kind, raw)
    const fault = next(kind, body)
    if (fault) return answerBadly(response, kind, isJson, fault)
    const via = isJson ? 'http/json' : 'http/protobuf'
    got.push({ via, kind, headers: request.headers, body, raw })
    response.setHeader('content-type', isJson ? 'application/json' : 'application/x-protobuf')
    response.end(isJson ? '{}' : Buffer.alloc(0))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server = new grpc.Server()
  for (const kind of Object.keys(SERVICES) as Kind[]) serveGrpc(server, kind, got, next)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound)
    )
  )
  return {
    got,
    seen,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    grpcUrl: `http://127.0.0.1:${port}`,
    fail: (kind, ...more) => faults[kind].push(...more),
    always: (chosen) => {
      choose = chosen
    },
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      server.forceShutdown()
    }
  }
}

function messages(kind: Kind): { request: Message; response: Message } {
  const [folder, name] = SERVICES[kind]
  const { [`${name}Request`]: request, [`${name}Response`]: response } =
    opentelemetry.proto.collector[folder]?.v1 ?? {}
  if (!request || !response) throw new Error(`no message for ${kind}`)
  return { request, response }
}

function decode(kind: Kind, raw: Uint8Array): Body {
  const { request } = messages(kind)
  const bytes = (value: Uint8Array) => Buffer.from(value).toString('hex')
  const body = request.toObject(request.decode(raw), { longs: String, enums: String })
  return JSON.parse(
    JSON.stringify(body, (_key, value: unknown) =>
      value instanceof Uint8Array
        ? bytes(value)
        : isBuffer(value)
          ? bytes(Uint8Array.from(value.data))
          : value
    )
  )
}

function isBuffer(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
}

function answerBadly(response: ServerResponse, kind: Kind, isJson: boolean, fault: Fault): void {
  const { status = 200, headers = {}, how, partial } = fault
  if (how === 'hang') return
  if (how === 'close') return void response.destroy()
  const type = isJson ? 'application/json' : 'application/x-protobuf'
  const half = how === 'half' ? { 'content-length': '100' } : {}
  response.writeHead(status, { 'content-type': type, ...half, ...headers })
  if (how === 'half') {
    response.write('ha', () => response.destroy())
    return
  }
  const answer = { partialSuccess: partial }
  const body = isJson ? JSON.stringify(answer) : messages(kind).response.encode(answer).finish()
  response.end(fault.body ?? (partial ? body : ''))
}

function serveGrpc(
  server: grpc.Server,
  kind: Kind,
  got: Received[],
  next: (kind: Kind, body: Body) => Fault | undefined
): void {
  const [folder, , service] = SERVICES[kind]
  const { response } = messages(kind)
  const pass = (bytes: Buffer) => bytes
  const method = {
    path: `/opentelemetry.proto.collector.${folder}.v1.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: pass,
    requestDeserialize: (raw: Buffer) => decode(kind, raw),
    responseSerialize: (answer: object) =>
      answer instanceof Uint8Array
        ? Buffer.from(answer)
        : Buffer.from(response.encode(answer).finish()),
    responseDeserialize: pass
  }
  server.addService({ Export: method } as grpc.ServiceDefinition, {
    Export(call: grpc.ServerUnaryCall<Body, object>, reply: grpc.sendUnaryData<object>): void {
      const fault = next(kind, call.request)
      if (fault?.how === 'hang') return
      if (fault?.code !== undefined) {
        const { code, metadata } = fault
        reply({ code, details: 'as scripted', ...(metadata && { metadata }) })
      } else if (fault?.body !== undefined) reply(null, Buffer.from(fault.body))
      else if (fault) reply(null, { partialSuccess: fault.partial })
      else {
        got.push({ via: 'grpc', kind, headers: call.metadata.getMap(), body: call.request })
        reply(null, {})
      }
    }
  })
}
