import {
  type AuditLog,
  isObject,
  type NodeStream,
  passError,
  passOn,
  type StartedExchange,
  startExchange,
  tapNodeStream,
  tapReadable
} from '@slm-audit/core/adapter'
import { bedrockProtocols } from './protocols.ts'

type Exchange = StartedExchange['exchange']

/** A request of the AWS SDK. */
export interface HttpRequest {
  readonly method: string
  readonly protocol?: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: unknown
}

/** Records one attempt at a call of a model; requests that ask no model go their way unseen. */
export function auditRequest(
  log: AuditLog,
  request: HttpRequest,
  signal: AbortSignal | undefined,
  send: () => Promise<unknown>
): Promise<unknown> {
  const url = urlOf(request)
  const protocol = url && bedrockProtocols.find((one) => one.matches(url, request.method))
  if (url === undefined || protocol === undefined) return send()
  const { exchange, admitted } = startExchange(
    log,
    { protocol, url, signal, headers: request.headers },
    request.body
  )
  const onResult = passOn((result: unknown) => watch(result, exchange))
  const onError = passError((error) => exchange.onFailure(error))
  const start = () => log.withoutRecording(send).then(onResult, onError)
  return admitted ? admitted.then(start) : start()
}

function watch(result: unknown, exchange: Exchange): void {
  const { response } = isObject(result) ? result : {}
  if (!isObject(response)) return
  const { statusCode, headers, body } = response
  const status = typeof statusCode === 'number' ? statusCode : 0
  if (!exchange.began({ status, headers: headersOf(headers) })) return
  if (isNodeStream(body)) tapNodeStream(body, exchange)
  else if (body instanceof ReadableStream) tapReadable<Uint8Array>(body, exchange)
  else exchange.end()
}

function headersOf(headers: unknown): Headers {
  const made = new Headers()
  for (const [name, value] of Object.entries(isObject(headers) ? headers : {})) {
    // HTTP/2 has names such as `:status`.
    if (typeof value === 'string' && !name.startsWith(':')) made.append(name, value)
  }
  return made
}

function urlOf({ protocol = 'https:', hostname, port, path }: HttpRequest): URL | undefined {
  const origin = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`
  return URL.canParse(path, origin) ? new URL(path, origin) : undefined
}

function isNodeStream(value: unknown): value is NodeStream {
  return isObject(value) && typeof value.emit === 'function' && typeof value.pipe === 'function'
}
