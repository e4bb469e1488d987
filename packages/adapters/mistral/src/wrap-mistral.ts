import {
  type AttemptOptions,
  type AuditLog,
  checkWrapping,
  claim,
  isObject,
  logsOf,
  replaceMethod,
  reportUntested,
  wrapFetch
} from '@slm-audit/core/adapter'
import { anywhere, mistralProtocols } from './protocols.ts'

type Fields = { readonly [name: string]: unknown }
type Fetch = typeof globalThis.fetch

/** What of a client is used: its options, and the class that takes them. */
interface Client {
  readonly _options: Fields
  readonly constructor: new (options: Fields) => object
}

const NAME = '@mistralai/mistralai'

/**
 * A client that records its chats, agents, conversations, completions, embeddings and moderations: of
 * the same class and with the same options, hooks and HTTP client as `client`, which stays as it is.
 * Standalone functions (`chatComplete(client, …)`) are audited with it. Retries of one call are
 * attempts of one record. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@mistralai/mistralai` package, 1.10 or newer.
 */
export function wrapMistral<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  if (!isClient(client)) throw new TypeError(`this is not a client of the ${NAME} package`)
  if (logsOf(client).has(log)) return client
  const httpClient = auditedHttp(client._options.httpClient, log)
  const audited = new client.constructor({ ...client._options, httpClient })
  claim(audited, log, client)
  groupAttempts(audited, logsOf(audited))
  return audited as T
}

/** An HTTP client over the application's own, or over the global fetch, which the client uses else. */
function auditedHttp(own: unknown, log: AuditLog): { readonly request: Fetch } {
  const base: Fetch = isHttp(own)
    ? (input) => own.request(input)
    : (input, init) => (init === undefined ? fetch(input) : fetch(input, init))
  const audited = wrapFetch(log, [...mistralProtocols, ...anywhere], base)
  let isKnown = false
  return {
    request(input, init) {
      if (!isKnown && input instanceof Request) {
        isKnown = true
        const version = /^mistral-client-typescript\/(\S+)/.exec(agentOf(input))?.[1]
        reportUntested(log, { name: NAME, version, tested: ['1', '2'] })
      }
      return audited(input, init)
    }
  }
}

/**
 * Runs what sends a request, with its retries, as one call of several attempts: in a client and in its
 * parts (`chat`, `fim`, `beta.…`), which are made when they are first asked for.
 */
function groupAttempts(part: object, logs: ReadonlySet<AuditLog>): void {
  for (const log of logs) {
    replaceMethod(part, '_do', (send) => (...args) => {
      return log.withAttempts(attemptOptions(args), () => {
        const group = log.attempts()
        const sending = send.apply(part, args) as Promise<unknown>
        sending.then((result) => {
          const error = isObject(result) && result.ok === false ? result.error : undefined
          // Between two attempts nobody else tells that the client gives up.
          if (error !== undefined) group?.call?.fail(causeOf(error), {})
        }, ignore)
        return sending
      })
    })
  }
  const grouped = new WeakSet<object>()
  for (const [name, get] of accessorsOf(part)) {
    const own = () => {
      const inner = get.call(part)
      if (isObject(inner) && !grouped.has(inner)) {
        grouped.add(inner)
        groupAttempts(inner, logs)
      }
      return inner
    }
    Object.defineProperty(part, name, { get: own, configurable: true })
  }
}

/** How often is not said: where it retries, the client tries for some time. */
function attemptOptions([request, options]: readonly unknown[]): AttemptOptions {
  const config = isObject(options) ? options.retryConfig : undefined
  const retries = isObject(config) && config.strategy === 'backoff'
  return {
    limit: retries ? Number.POSITIVE_INFINITY : 1,
    ...(request instanceof Request && { signal: request.signal })
  }
}

/** The getters of an object's classes. */
function accessorsOf(part: object): [string, () => unknown][] {
  const found: [string, () => unknown][] = []
  let level: object | null = Object.getPrototypeOf(part)
  while (level !== null && level !== Object.prototype) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (get !== undefined) found.push([name, get])
    }
    level = Object.getPrototypeOf(level)
  }
  return found
}

function causeOf(error: unknown): unknown {
  return (error instanceof Error ? error.cause : undefined) ?? error
}

function ignore(): void {
  // The client itself hears of it.
}

function agentOf({ headers }: Request): string {
  return headers.get('user-agent') ?? ''
}

function isClient(value: object): value is Client {
  const { _options, _do: send, _createRequest: create } = value as Fields
  return isObject(_options) && typeof send === 'function' && typeof create === 'function'
}

function isHttp(value: unknown): value is { request(input: unknown): Promise<Response> } {
  return isObject(value) && typeof value.request === 'function'
}
