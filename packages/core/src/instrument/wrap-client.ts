import { quietly } from '../base/host-first.ts'
import { isObject } from '../base/json.ts'
import { signalOf } from '../base/signal.ts'
import type { AttemptOptions } from '../call/attempts.ts'
import type { AuditLog } from '../log/audit-log.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { checkWrapping } from './check-wrapping.ts'
import { claim, logsOf } from './claim.ts'
import { replaceFetch } from './replace-fetch.ts'
import { type AnyMethod, replaceMethod } from './replace-method.ts'
import { reportUnseen } from './report-unseen.ts'
import { reportUntested } from './report-untested.ts'
import { wrapFetch } from './wrap-fetch.ts'

/** A kind of client that takes a fetch of one's own, and what it speaks. */
export interface ClientKind {
  /** Name of its npm package. */
  readonly name: string
  /** The formats that the client speaks; the first that matches reads a request. */
  readonly protocols: readonly Protocol[]
  /** Beginnings of the versions that the adapter is tested with: see `reportUntested`. */
  readonly tested: readonly string[]
  /** Says why the calls of a client cannot be seen, which is then reported; `undefined` for most. */
  unseen?(client: object): string | undefined
  /** Has the tools recorded that the client runs by itself; called once a client and log. */
  recordTools?(client: object, log: AuditLog): void
}

/** What of a client is used; the classes of OpenAI's and Anthropic's packages have it. */
interface Client {
  readonly fetch?: typeof globalThis.fetch
  readonly maxRetries?: unknown
  request(...args: unknown[]): unknown
}

/**
 * For adapters: records what `client` sends in one of `kind.protocols`. The client is the same object, whose `fetch` and
 * `request` are laid over, so that its class, its fields, what was patched in it and what changes later stay
 * as they are; a `fetch` that is set later is recorded, too. Clients made from it by `withOptions` are audited. Retries
 * of one call are attempts of one record. Wrapping twice for one log is harmless.
 *
 * A client whose calls cannot be seen, or not all of them, is reported as `client_unseen`. Throws TypeError when
 * `client` has no `request`, or a `fetch` that is no function.
 */
export function wrapClient<T extends object>(client: T, log: AuditLog, kind: ClientKind): T {
  checkWrapping(log, client)
  if (!isClient(client)) throw new TypeError(`this is not a client of the ${kind.name} package`)
  if (logsOf(client).has(log)) return client
  const { name, tested } = kind
  const unseen = { target: client, name: `${name} client` }
  reportUntested(log, { name, version: versionOf(client), tested })
  if (!replaceFetch(client, log, (base) => wrapFetch(log, kind.protocols, base))) {
    reportUnseen(log, unseen, 'it cannot be changed')
    return client
  }
  claim(client, log)
  groupAttempts(client, log)
  auditDerived(client, log, kind)
  quietly(() => kind.recordTools?.(client, log))()
  reportUnseen(log, unseen, kind.unseen?.(client) ?? findUnseen(client, log))
  return client
}

/** Runs a `request` of the client's as one call of several attempts. */
function groupAttempts(client: Client, log: AuditLog): void {
  const grouped = (request: AnyMethod): AnyMethod =>
    function (...args) {
      // Some majors give a promise of the options; it has settled when the first attempt starts.
      let sent = args[0]
      const settled = quietly((options: unknown) => {
        sent = options
      })
      if (sent instanceof Promise) sent.then(settled, ignore)
      const read = () => attemptOptions(sent, client)
      return log.withAttempts(read, () => request.apply(this ?? client, args))
    }
  replaceMethod(client, 'request', grouped, log)
}

/** Audits the clients that are made from this one. */
function auditDerived(client: Client, log: AuditLog, kind: ClientKind): void {
  const audited = (derive: AnyMethod): AnyMethod =>
    function (...args) {
      const derived = derive.apply(this ?? client, args)
      return isObject(derived) && isClient(derived) ? wrapClient(derived, log, kind) : derived
    }
  replaceMethod(client, 'withOptions', audited, log)
}

/** Most parts of a client that are looked at, and how deep they may lie: `client.beta.threads.runs.steps`. */
const MOST_PARTS = 200
const DEPTH = 4

/**
 * What of a client makes calls that its fetch does not see: parts that ask another client, as those of some proxies
 * do, and methods that were put over those of its classes, as stand-ins for tests are.
 */
function findUnseen(client: Client, log: AuditLog): string | undefined {
  const looked = new Set<object>([client])
  const isAudited = (fetch: unknown) => typeof fetch === 'function' && logsOf(fetch).has(log)
  const look = (part: object, path: string, depth: number): string | undefined => {
    for (const [member, { value }] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      const place = `${path}.${member}`
      if (isPutOver(value) && part !== client) return `${place} was put over its class's`
      if (!isPart(value) || looked.has(value) || looked.size > MOST_PARTS) continue
      looked.add(value)
      if (!isAudited(value._client.fetch)) return `${place} asks by a client that is not this one`
      const found = depth < DEPTH ? look(value, place, depth + 1) : undefined
      if (found) return found
    }
    return undefined
  }
  return isAudited(client.fetch) ? look(client, 'client', 0) : 'its fetch cannot be set'
}

/** Whether a method of a part is neither its class's nor one of ours. */
function isPutOver(value: unknown): boolean {
  return typeof value === 'function' && logsOf(value).size === 0
}

/** What groups the methods of a client, such as `client.chat`. */
function isPart(value: unknown): value is { readonly _client: { readonly fetch?: unknown } } {
  return isObject(value) && isObject(value._client)
}

function attemptOptions(sent: unknown, client: Client): AttemptOptions {
  const { maxRetries: own, signal } = isObject(sent) ? sent : {}
  const retries = [own, client.maxRetries].find((count) => typeof count === 'number') ?? 0
  return { limit: 1 + Math.max(0, retries), signal: signalOf(signal) }
}

function ignore(): void {
  // The client itself hears of options that cannot be had.
}

function isClient(value: object): value is Client {
  const { fetch, request } = value as { readonly [name: string]: unknown }
  const hasFetch = fetch === undefined || typeof fetch === 'function'
  return hasFetch && typeof request === 'function'
}

/** Clients say their version in their user agent (`OpenAI/JS 7.57.0`). */
function versionOf(client: Client): string | undefined {
  const agent = (client as { getUserAgent?: () => unknown }).getUserAgent?.()
  return typeof agent === 'string' ? /\d+\.\d+\.\d+/.exec(agent)?.[0] : undefined
}
