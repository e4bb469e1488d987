import {
  type AttemptOptions,
  type AuditLog,
  isObject,
  reportUntested,
  wrapFetch
} from '@slm-audit/core'
import { openaiChat } from './openai-chat.ts'

/** Majors of the `openai` package that the tests run against. */
const TESTED = ['6', '7']

/** What of a client is used; every class of the `openai` package has it. */
interface Client {
  withOptions(options: { readonly fetch: typeof globalThis.fetch }): this
  request(...args: unknown[]): unknown
}

interface Insides {
  readonly fetch?: unknown
  readonly maxRetries?: unknown
}

const wrapped = new WeakMap<object, Set<AuditLog>>()

/**
 * A client that records its chat completions: of the same class and with the same options as
 * `client`, which stays as it is. All of its methods and helpers, and clients made from it by
 * `withOptions`, are audited. Retries of one call are attempts of one record. Wrapping twice for one
 * log is harmless.
 *
 * Throws TypeError when `client` is no client of the `openai` package.
 */
export function wrapOpenAI<T extends object>(client: T, log: AuditLog): T {
  if (!isClient(client)) throw new TypeError('wrapOpenAI needs a client of the openai package')
  const logs = wrapped.get(client)
  if (logs?.has(log)) return client
  reportUntested(log, { name: 'openai', version: versionOf(client), tested: TESTED })
  const { fetch } = client as Insides
  const base = typeof fetch === 'function' ? (fetch as typeof globalThis.fetch) : globalThis.fetch
  const audited = client.withOptions({ fetch: wrapFetch(log, [openaiChat], base) })
  groupAttempts(audited, log)
  wrapped.set(audited, new Set([...(logs ?? []), log]))
  return audited
}

/**
 * Lays a `request` over the client's that runs it as one call of several attempts, and a
 * `withOptions` that does the same for the clients made from it. What they return is untouched.
 */
function groupAttempts(client: Client, log: AuditLog): void {
  const { request, withOptions } = client
  const overlay = {
    request(this: unknown, ...args: unknown[]) {
      // Some majors give a promise of the options; it has settled when the first attempt starts.
      let sent = args[0]
      if (sent instanceof Promise) sent.then((options) => (sent = options), ignore)
      const read = () => attemptOptions(sent, client)
      return log.withAttempts(read, () => request.apply(client, args))
    },
    withOptions(this: unknown, options: { readonly fetch: typeof globalThis.fetch }) {
      const derived = withOptions.call(client, options)
      const { fetch } = options
      if (typeof fetch === 'function') return wrapOpenAI(derived, log)
      groupAttempts(derived, log)
      wrapped.set(derived, new Set([log]))
      return derived
    }
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
  return typeof withOptions === 'function' && typeof request === 'function'
}

/** Clients say their version in their user agent (`OpenAI/JS 7.57.0`). */
function versionOf(client: Client): string | undefined {
  const agent = (client as { getUserAgent?: () => unknown }).getUserAgent?.()
  return typeof agent === 'string' ? /\d+\.\d+\.\d+/.exec(agent)?.[0] : undefined
}
