import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http'
import { type ExportResult, readRetryAfter } from '@slm-audit/core'
import type { TransportSettings } from '../base/options.ts'
import { PATHS, readAnswer, rejected, retry, type Sender, type SignalFormat } from './sender.ts'

type HttpOptions = ReturnType<typeof convertLegacyHttpOptions>

/** An answer that is longer is not OTLP; the limit is that of OpenTelemetry's own transport. */
const MAX_ANSWER = 4 * 1024 * 1024

/**
 * Statuses that speak about the batch itself: sent again it would meet them again. All others (a
 * refused key, a missing path, an overloaded server) say something about the receiver.
 */
const REJECTED: readonly number[] = [400, 413, 415, 422]

const compress = promisify(gzip)

/**
 * OTLP over HTTP, one request a batch. Address, headers, certificates, timeout and compression come
 * from OpenTelemetry's own configuration and the bytes from its serializers. The request is made
 * here, because OpenTelemetry's transport tries again by itself until its deadline, goes on after an
 * abort, keeps `Retry-After` to itself and reports a partial success only to its log.
 */
export class HttpSender<T> implements Sender<T> {
  readonly #format: SignalFormat<T>
  readonly #options: HttpOptions
  readonly #contentType: string
  #agent: Agent | undefined

  constructor(format: SignalFormat<T>, options: HttpOptions, contentType: string) {
    this.#format = format
    this.#options = options
    this.#contentType = contentType
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
      const said = `${status} ${answer.statusMessage ?? ''} from ${this.#options.url}`
      if (REJECTED.includes(status)) return rejected(kind, said)
      return retry(kind, `${said}${HINTS[status] ?? ''}`, readRetryAfter(headers['retry-after']))
    } catch (error) {
      return retry(kind, error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent?.destroy()
  }

  /** Only an answer that is OTLP acknowledges: a proxy's page does not. */
  #read(body: Buffer, contentType: string | undefined): ExportResult {
    const { signal, serializer } = this.#format
    if (body.length === 0) return { status: 'stored' }
    const type = contentType?.split(';')[0]?.trim()
    if (type !== undefined && type !== this.#contentType) {
      return retry(signal, `${this.#options.url} answered with ${type}, which is not OTLP`)
    }
    try {
      // OpenTelemetry's JSON serializer takes anything that it cannot parse for an empty answer.
      const isJson = this.#contentType === 'application/json'
      const answer = isJson ? JSON.parse(body.toString()) : serializer.deserializeResponse(body)
      return readAnswer(signal, answer ?? {})
    } catch (cause) {
      return retry(signal, new Error('the answer is not OTLP', { cause }))
    }
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

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer) {
    size += part.length
    if (size > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
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
  const options = complete(
    {
      headers: { ...headers },
      ...(endpoint !== undefined && { url: `${endpoint.replace(/\/$/, '')}/${path}` }),
      ...(timeoutMs !== undefined && { timeoutMillis: timeoutMs }),
      ...(compression !== undefined && { compression: compression as never })
    },
    variable,
    path,
    { 'content-type': contentType }
  )
  return new HttpSender(format, options, contentType)
}
