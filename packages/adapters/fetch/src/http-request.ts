import {
  type AuditLog,
  CutBody,
  encodedText,
  guard,
  joinBytes,
  type Protocol,
  type StartedExchange,
  startExchange,
  tapNodeStream
} from '@slm-audit/core/adapter'
import { decoderOf } from './decode-body.ts'

/** What of a request of `node:http` is used. */
export interface ClientRequest {
  readonly method: string
  readonly protocol: string
  readonly path: string
  getHeader(name: string): unknown
  getHeaders(): { readonly [name: string]: unknown }
  write(...args: unknown[]): boolean
  end(...args: unknown[]): unknown
  destroy(error?: Error): unknown
  emit(name: string, ...values: unknown[]): boolean
}

/** What of an answer of `node:http` is used. */
interface IncomingMessage {
  readonly statusCode?: number
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Set where the application takes texts in place of bytes. */
  readonly readableEncoding?: unknown
  /** Why it broke off, which is emitted to those alone who listen. */
  readonly errored?: unknown
  emit(name: string, ...values: unknown[]): boolean
}

/** Larger uploads are recorded without their bytes. */
const MOST_BYTES = 64 * 1024 * 1024

/** Watches a request that was made and not sent yet, if it speaks one of `protocols`. */
export function watchRequest(
  log: AuditLog,
  protocols: readonly Protocol[],
  request: ClientRequest
): void {
  guard(
    log.report,
    () => {
      const url = urlOf(request)
      const protocol = url && protocols.find((one) => one.matches(url, request.method))
      if (url && protocol) new WatchedRequest(log, request, protocol, url)
    },
    () => undefined
  )
}

/** A request whose body is gathered as it is written, and whose answer is watched as it is read. */
class WatchedRequest {
  readonly #log: AuditLog
  readonly #request: ClientRequest
  readonly #open: (body: object | undefined) => StartedExchange
  readonly #parts: Uint8Array[] = []
  #size = 0
  #started: StartedExchange | undefined
  /** Whether the application ended the request before its answer did. */
  #isLeft = false

  constructor(log: AuditLog, request: ClientRequest, protocol: Protocol, url: URL) {
    this.#log = log
    this.#request = request
    this.#open = (body) => {
      const headers = headersOf(request.getHeaders())
      return startExchange(log, { protocol, url, signal: undefined, headers }, body)
    }
    const { write, end, destroy, emit } = request
    this.#lay('write', (...args) => {
      this.#guard(() => this.#gather(args))
      return write.apply(request, args)
    })
    this.#lay('end', (...args) => {
      const send = () => end.apply(request, args)
      const admitted = this.#guard(() => this.#ended(args))
      if (admitted === undefined) return send()
      admitted.then(send, (error) => destroy.call(request, error))
      return request
    })
    this.#lay('destroy', (...args) => {
      this.#isLeft = true
      return destroy.apply(request, args as [Error?])
    })
    this.#lay('emit', (...args) => {
      const [name, value] = args
      if (name === 'response') this.#guard(() => this.#answered(value as IncomingMessage))
      else if (name === 'error') this.#guard(() => this.#failed(value))
      return emit.apply(request, args as [string, ...unknown[]])
    })
  }

  #lay(name: keyof ClientRequest, value: (...args: unknown[]) => unknown): void {
    Object.defineProperty(this.#request, name, { value, configurable: true, writable: true })
  }

  #guard<T>(run: () => T): T | undefined {
    return guard(this.#log.report, run, () => undefined)
  }

  #gather([chunk, encoding]: readonly unknown[]): void {
    const bytes = bytesOf(chunk, encoding)
    if (bytes === undefined || this.#started) return
    this.#size += bytes.length
    if (this.#size <= MOST_BYTES) this.#parts.push(bytes)
  }

  /** The body is whole: opens the call. What is returned is to be awaited before the request is. */
  #ended(args: readonly unknown[]): Promise<void> | undefined {
    if (this.#started) return undefined
    this.#gather(args)
    return this.#begin(this.#body())
  }

  /** What came first: an answer or an error, where servers do not wait for the end of a request. */
  #cut(): void {
    if (this.#started) return
    const body = this.#body()
    void this.#begin(body instanceof Uint8Array ? new CutBody(body) : (body ?? {}))
  }

  /** What was written; an object stands for what is too large to be kept, and nothing for nothing. */
  #body(): object | undefined {
    if (this.#size === 0) return undefined
    return this.#size <= MOST_BYTES ? joinBytes(this.#parts) : {}
  }

  #begin(body: object | undefined): Promise<void> | undefined {
    this.#started = this.#open(body)
    this.#parts.length = 0
    return this.#started.admitted
  }

  #failed(error: unknown): void {
    // Of one that the application gave up before it was whole, nothing is known but that.
    if (!this.#isLeft || this.#size > 0) this.#cut()
    const { call, exchange } = this.#started ?? {}
    if (this.#isLeft) call?.cancel('consumer', {})
    else exchange?.onFailure(error)
  }

  #answered(answer: IncomingMessage): void {
    // Some servers answer before the request is whole.
    this.#cut()
    const { exchange } = this.#started ?? {}
    const headers = headersOf(answer.headers)
    if (!exchange?.began({ status: answer.statusCode ?? 0, headers })) return
    const decoder = decoderOf(headers.get('content-encoding'))
    const rest = () => {
      const decoded = decoder?.end()
      if (decoded?.length) exchange.next(decoded)
    }
    const fail = (error: unknown) => {
      rest()
      return this.#isLeft ? exchange.cancel() : exchange.fail(error)
    }
    tapNodeStream(answer, {
      next(given: unknown) {
        const chunk =
          typeof given === 'string'
            ? encodedText(given, answer.readableEncoding)
            : (given as Uint8Array)
        decoder ? decoder.add(chunk) : exchange.next(chunk)
      },
      end: () => {
        rest()
        return exchange.end()
      },
      fail,
      cancel: () => {
        if (answer.errored) return fail(answer.errored)
        rest()
        return exchange.cancel()
      }
    })
  }
}

/** The address of a request; `undefined` for one that has none, such as a pipe's. */
function urlOf(request: ClientRequest): URL | undefined {
  const host = request.getHeader('host')
  const origin = typeof host === 'string' ? `${request.protocol}//${host}` : undefined
  return URL.canParse(request.path, origin) ? new URL(request.path, origin) : undefined
}

function headersOf(given: { readonly [name: string]: unknown }): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string' || typeof one === 'number') headers.append(name, String(one))
    }
  }
  return headers
}

/** A copy of what is written, whose memory may be used again; what is no bytes, such as a callback, says nothing. */
function bytesOf(chunk: unknown, encoding: unknown): Uint8Array | undefined {
  if (typeof chunk === 'string') return encodedText(chunk, encoding)
  // Applications' tests may run where classes are others than those of Node's own.
  if (!ArrayBuffer.isView(chunk)) return undefined
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
}
