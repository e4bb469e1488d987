import { isObject } from '../base/json.ts'
import type { AttemptOptions } from '../call/attempts.ts'
import type { AuditLog } from '../log/audit-log.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { checkWrapping } from './check-wrapping.ts'
import { claim, logsOf } from './claim.ts'
import { reportUntested } from './report-untested.ts'
import { wrapFetch } from './wrap-fetch.ts'

/** A kind of client that takes a fetch of one's own, and what it speaks. */
export interface ClientKind {
  /** Name of its npm package. */
  readonly name: string
  readonly protocols: readonly Protocol[]
  /** Beginnings of the versions that the adapter is tested with: see `reportUntested`. */
  readonly tested: readonly string[]
  /** What `withOptions` must be told again, because this client forgets it. */
  options?(client: object): object
  /**
   * A client like `client` but for `options`, where its class has no `withOptions`; `undefined` when it is
   * no client of this kind.
   */
  derive?(client: object, options: object): object | undefined
}

interface Options {
  readonly fetch: typeof globalThis.fetch
}

/** What of a client is used; the classes of OpenAI's and Anthropic's packages have it. */
interface Client {
  withOptions?(options: Options): this
  request(...args: unknown[]): unknown
}

interface Insides {
  readonly fetch?: unknown
  readonly maxRetries?: unknown
}

/**
 * For adapters: a client of the same class and with the same options as `client`, which stays as
 * it is, that records what it sends in one of `kind.protocols`. It must have `request`, and
 * `withOptions({ fetch })` unless `kind` can derive it. All of its methods and helpers, and clients made from it by
 * `withOptions`, are audited. Retries of one call are attempts of one record. Wrapping twice for one
 * log is harmless.
 *
 * Throws TypeError when `client` lacks these methods.
 */
export function wrapClient<T extends object>(client: T, log: AuditLog, kind: ClientKind): T {
  checkWrapping(log, client)
  const refusal = () => new TypeError(`this is not a client of the ${kind.name} package`)
  if (!isClient(client)) throw refusal()
  if (logsOf(client).has(log)) return client
  const { name, tested } = kind
  reportUntested(log, { name, version: versionOf(client), tested })
  const { fetch } = client as Insides
  const base = typeof fetch === 'function' ? (fetch as typeof globalThis.fetch) : globalThis.fetch
  const options = { ...kind.options?.(client), fetch: wrapFetch(log, kind.protocols, base) }
  const audited = (client.withOptions?.(options) ?? kind.derive?.(client, options)) as
    | typeof client
    | undefined
  if (audited === undefined) throw refusal()
  groupAttempts(audited, log, kind)
  claim(audited, log, client)
  return audited
}

/**
 * Lays a `request` over the client's that runs it as one call of several attempts, and a
 * `withOptions` that does the same for the clients made from it. What they return is untouched.
 */
function groupAttempts(client: Client, log: AuditLog, kind: ClientKind): void {
  const { request, withOptions } = client
  const overlay = {
    request(this: unknown, ...args: unknown[]) {
      // Some majors give a promise of the options; it has settled when the first attempt starts.
      let sent = args[0]
      if (sent instanceof Promise) sent.then((options) => (sent = options), ignore)
      const read = () => attemptOptions(sent, client)
      return log.withAttempts(read, () => request.apply(client, args))
    },
    ...(withOptions && {
      withOptions(this: unknown, options: Options) {
        const derived = withOptions.call(client, options)
        const { fetch } = options
        if (typeof fetch === 'function') return wrapClient(derived, log, kind)
        groupAttempts(derived, log, kind)
        claim(derived, log)
        return derived
      }
    })
  }
  for (const [name, value] of Object.entries(overlay)) {
    Object.defineProperty(client, name, { value, configurable: true, writable: true })
  }
}

function attemptOptions(sent: unknown, client: Client): AttemptOptions {
  const { maxRetries: own, signal } = isObject(sent) ? sent : {}
  const { maxRetries: clients } = client as Insides
  const retries = [own, clients].find((count) => typeof count === 'number') ?? 0
  return { limit: 1 + Math.max(0, retries), ...(signal instanceof AbortSignal && { signal }) }
}

function ignore(): void {
  // The client itself hears of options that cannot be had.
}

function isClient(value: object): value is Client {
  const { withOptions, request } = value as { readonly [name: string]: unknown }
  const derives = withOptions === undefined || typeof withOptions === 'function'
  return derives && typeof request === 'function'
}

/** Clients say their version in their user agent (`OpenAI/JS 7.57.0`). */
function versionOf(client: Client): string | undefined {
  const agent = (client as { getUserAgent?: () => unknown }).getUserAgent?.()
  return typeof agent === 'string' ? /\d+\.\d+\.\d+/.exec(agent)?.[0] : undefined
}
