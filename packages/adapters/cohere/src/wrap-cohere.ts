import {
  type AnyMethod,
  type AttemptOptions,
  type AuditLog,
  checkWrapping,
  claim,
  isObject,
  replaceMethod,
  reportStandIns,
  reportUnseen,
  reportUntested,
  signalOf,
  wrapFetch
} from '@slm-audit/core/adapter'
import { cohereProtocols } from './protocols.ts'

type Fetch = typeof globalThis.fetch
type Fields = { readonly [name: string]: unknown }

/** Options of a client's inner part; they are the part's own. */
interface PartOptions {
  readonly fetch?: Fetch
  readonly maxRetries?: unknown
  readonly headers?: unknown
}

/** What of a client, or of a part of it, is used. */
interface Part {
  readonly _options: PartOptions
}

/** Methods that ask a model, at the client itself. */
const METHODS = ['chat', 'chatStream', 'embed', 'rerank']

/** How often the client tries again unless told otherwise. */
const RETRIES = 2

/**
 * Records the chats, embeddings and rankings of a `CohereClientV2`, or of a `CohereClient` by its `v2`. The client is the
 * same object, changed in place, because the package has no way to derive one from another. Retries of one call are
 * attempts of one record. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `cohere-ai` package.
 */
export function wrapCohere<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  const { clientV2, client: inner, v2 } = client as Fields
  const asked = isPart(clientV2) ? client : v2
  const parts = [clientV2, inner, client, v2].filter(isPart)
  if (!isObject(asked) || typeof asked.chat !== 'function' || parts.length === 0) {
    throw new TypeError('this is not a client of the cohere-ai package')
  }
  if (!claim(client, log)) return client
  reportStandIns(log, { target: asked, name: 'cohere-ai client' }, METHODS)
  const version = versionIn(parts)
  reportUntested(log, { name: 'cohere-ai', ...(version && { version }), tested: ['8'] })
  for (const { _options: options } of new Set(parts)) {
    // The options of a `CohereClientV2` itself are those that its maker holds.
    if (options.headers !== undefined) auditFetch(options, log)
  }
  const { maxRetries } = parts[0]?._options ?? {}
  for (const name of METHODS) groupAttempts(asked, name, log, maxRetries)
  return client
}

function auditFetch(options: PartOptions, log: AuditLog): void {
  const { fetch: own } = options
  // Without one of its own the client asks the global one, as that is then.
  const base: Fetch = own ?? ((input, init) => globalThis.fetch(input, init))
  const isLaid = Reflect.set(options, 'fetch', wrapFetch(log, cohereProtocols, base))
  const unseen = { target: options, name: 'cohere-ai client' }
  if (!isLaid) reportUnseen(log, unseen, 'its options cannot be changed')
}

/** Runs what a method sends, with its retries, as one call of several attempts. */
function groupAttempts(part: object, name: string, log: AuditLog, retries: unknown): void {
  if (typeof (part as Fields)[name] !== 'function') return
  const grouped = (send: AnyMethod): AnyMethod =>
    function (...args) {
      return log.withAttempts(attemptOptions(args[1], retries), () => {
        const group = log.attempts()
        const sending = send.apply(this, args) as PromiseLike<unknown>
        // The client tries again after an answer of the server alone.
        sending.then(undefined, (error) => group?.call?.fail(error, {}))
        return sending
      })
    }
  replaceMethod(part, name, grouped, log)
}

function attemptOptions(given: unknown, clients: unknown): AttemptOptions {
  const { maxRetries: own, abortSignal: signal } = isObject(given) ? given : {}
  const retries = [own, clients].find((count) => typeof count === 'number') ?? RETRIES
  return { limit: 1 + retries, signal: signalOf(signal) }
}

function versionIn(parts: readonly Part[]): string | undefined {
  const versions = parts.map(({ _options: { headers } }) =>
    isObject(headers) ? (headers['X-Fern-SDK-Version'] ?? headers['x-fern-sdk-version']) : undefined
  )
  return versions.find((version) => typeof version === 'string')
}

function isPart(value: unknown): value is Part {
  return isObject(value) && isObject(value._options)
}
