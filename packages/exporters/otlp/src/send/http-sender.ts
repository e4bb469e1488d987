import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http'
import { type ExportResult, readRetryAfter, refusesBatch } from '@slm-audit/core/exporter'
import { readEndpoint } from '../base/endpoint.ts'
import type { TransportSettings } from '../base/options.ts'
import {
  PATHS,
  readAnswer,
  rejected,
  retry,
  type Sender,
  type SignalFormat,
  stored
} from './sender.ts'

type HttpOptions = ReturnType<typeof convertLegacyHttpOptions>

/** An answer that is longer is not OTLP; the limit is that of OpenTelemetry's own transport. */
const MAX_ANSWER = 4 * 1024 * 1024

const OPEN_BRACE = 0x7b

const compress = promisify(gzip)

/**
 * OTLP over HTTP, one request a batch. Address, headers, certificates, timeout and compression come
 * from OpenTelemetry's own configuration and the bytes from its serializers. The request is made
 * here, because OpenTelemetry's transport tries again by itself until its deadline, goes on after an
 * abort, keeps `Retry-After` to itself and reports a partial success only to its log.
 */
class HttpSender<T> implements Sender<T> {
  readonly #format: SignalFormat<T>
  readonly #options: HttpOptions
  #agent: Agent | undefined

  constructor(format: SignalFormat<T>, options: HttpOptions) {
    this.#format = format
    this.#options = options
  }

  async send(items: T, signal: AbortSignal): Promise<ExportResult> {
    const { signal: kind, serializer } = this.#format
    try {
      const bytes = serializer.serializeRequest(items)
      if (bytes === undefined) return { status: 'stored' }
      const answer = await this.#post(bytes, signal)
      const { statusCode: status = 0, headers } = answer
      const body = await readBody(answer)
      if (status >= 200 && status <= 299) return this.#read(body, headers['content-type'])
      const said = `${status} ${answer.statusMessage ?? ''} from ${withoutQuery(this.#options.url)}`
      if (refusesBatch(status)) return rejected(kind, said)
      return retry(kind, `${said}${HINTS[status] ?? ''}`, readRetryAfter(headers['retry-after']))
    } catch (error) {
      return retry(kind, error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent?.destroy()
  }

  /** The status acknowledges; the body can only say what was left out, in whichever of OTLP's forms. */
  #read(body: Buffer, contentType = ''): ExportResult {
    const { signal, serializer } = this.#format
    const isJson = body[0] === OPEN_BRACE
    // Something else may have answered: OpenTelemetry's JSON serializer takes a page for an empty answer.
    if (!isJson && /html/i.test(contentType)) return stored(signal, this.#page())
    try {
      const answer = isJson ? JSON.parse(body.toString()) : serializer.deserializeResponse(body)
      return readAnswer(signal, answer ?? {})
    } catch {
      // Receivers answer in forms of their own.
      return { status: 'stored' }
    }
  }

  #page(): string {
    return `${withoutQuery(this.#options.url)} answered with a page; check the endpoint`
  }

  async #post(bytes: Uint8Array, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, compression, timeoutMillis } = this.#options
    const headers = { ...(await this.#options.headers()) }
    const body = compression === 'gzip' ? await compress(bytes) : bytes
    if (compression === 'gzip') headers['content-encoding'] = 'gzip'
    const secure = url.startsWith('https:')
    this.#agent ??= await this.#options.agentFactory(secure ? 'https:' : 'http:')
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)])
    const options = { method: 'POST', headers, agent: this.#agent, signal: deadline }
    return new Promise((resolve, reject) => {
      const request = (secure ? requestHttps : requestHttp)(url, options, resolve)
      request.on('error', (error) => reject(deadline.aborted ? deadline.reason : error))
      request.end(body)
    })
  }
}

const HINTS: { readonly [status: number]: string | undefined } = {
  401: ': check the headers',
  403: ': check the headers',
  404: ': check the endpoint, or leave this signal out (option signals)'
}

/** An answer's body as far as it is of use: one that is longer, or breaks off, is empty. */
async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of answer) {
      size += part.length
      if (size > MAX_ANSWER) return Buffer.alloc(0)
      parts.push(part)
    }
  } catch {
    return Buffer.alloc(0)
  }
  return Buffer.concat(parts)
}

/** A query can hold a key. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '')
}

/** Completes the options of a signal from the environment and makes its sender. */
export async function httpSender<T>(
  format: SignalFormat<T>,
  settings: TransportSettings,
  contentType: string
): Promise<HttpSender<T>> {
  const { convertLegacyHttpOptions: complete } = await import(
    '@opentelemetry/otlp-exporter-base/node-http'
  )
  const { variable, path } = PATHS[format.signal]
  const { endpoint, headers, timeoutMs, compression } = settings
  const base = endpoint ?? endpointFor(variable)
  const options = complete(
    {
      headers: { ...headers },
      ...(base !== undefined && { url: joined(base, path) }),
      ...(timeoutMs !== undefined && { timeoutMillis: timeoutMs }),
      ...(compression !== undefined && { compression: compression as never })
    },
    variable,
    path,
    { 'content-type': contentType }
  )
  return new HttpSender(format, options)
}

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT'

/** The base of the environment, whose query OpenTelemetry's code would put before the path. */
function endpointFor(variable: string): string | undefined {
  const { env } = process
  const own = env[`OTEL_EXPORTER_OTLP_${variable}_ENDPOINT`]?.trim()
  const base = env[BASE]?.trim()
  return own || !base ? undefined : readEndpoint(base, 'http/protobuf', BASE)
}

/** A signal's path behind that of the base; a query stays at the end. */
function joined(base: string, path: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
  return url.href
}
