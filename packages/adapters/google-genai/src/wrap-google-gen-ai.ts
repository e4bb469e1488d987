import {
  type AnyMethod,
  type AttemptGroup,
  type AttemptOptions,
  type AuditLog,
  checkWrapping,
  claim,
  isAsyncIterable,
  isObject,
  passError,
  passOn,
  replaceMethod,
  reportUntested,
  signalOf,
  watchConsumer,
  wrapFetch
} from '@slm-audit/core/adapter'
import { auditInteractions } from './audit-interactions.ts'
import { googleProtocols } from './protocols.ts'

type Fetch = typeof globalThis.fetch

/** Majors of `@google/genai` that the tests run against. */
const TESTED = ['1', '2', '3']

/** The client's own defaults. */
const ATTEMPTS = 5
const RETRIED: readonly unknown[] = [408, 429, 500, 502, 503, 504]

/**
 * Records what `client` asks its models: generation, plain and streamed, also by `chats`, interactions,
 * embeddings, token counts, images. The client is the same object, whose HTTP layer is changed in place, because
 * the package has no way to derive one client from another. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@google/genai` package.
 */
export function wrapGoogleGenAI<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  const { apiClient } = client as { readonly apiClient?: unknown }
  if (!isObject(apiClient) || typeof apiClient.apiCall !== 'function') {
    throw new TypeError('this is not a client of the @google/genai package')
  }
  if (!claim(apiClient, log)) return client
  reportUntested(log, { name: '@google/genai', version: versionOf(apiClient), tested: TESTED })
  const answers = new WeakMap<object, AttemptGroup>()
  auditRequests(apiClient, log)
  auditFetch(apiClient, log, answers)
  endWithConsumer(apiClient, log, answers)
  auditInteractions(client, apiClient, log)
  return client
}

/** Requests of one call are its attempts, and the caller's own signal is told from the client's. */
function auditRequests(apiClient: object, log: AuditLog): void {
  for (const name of ['request', 'requestStream']) {
    const grouped =
      (send: AnyMethod): AnyMethod =>
      (...args) => {
        const [request] = args
        const options = () => attemptOptions(apiClient, request)
        return log.withAttempts(options, () => send.apply(apiClient, args))
      }
    replaceMethod(apiClient, name, grouped, log)
  }
}

function auditFetch(
  apiClient: object,
  log: AuditLog,
  answers: WeakMap<object, AttemptGroup>
): void {
  const takesFetch = 'getFetch' in apiClient
  const audited = (send: AnyMethod, ...args: unknown[]) => {
    const [input, init, retries, timeout, signal, own] = args
    const group = log.attempts()
    // Where the client takes no fetch, the method that calls the global one stands for it.
    const base = takesFetch ? (own ?? globalThis.fetch) : () => send.apply(apiClient, args)
    const fetch = wrapFetch(log, googleProtocols, base as Fetch)
    const answer = takesFetch
      ? send.call(apiClient, input, init, retries, timeout, signal, fetch)
      : fetch(input as string, { signal: signal as AbortSignal, ...(init as RequestInit) })
    return (answer as Promise<Response>).then(
      passOn((response) => {
        if (group?.call) answers.set(response, group)
      }),
      // Between two attempts nobody else tells that the client gives up.
      passError((error) => group?.call?.fail(error, {}))
    )
  }
  const called =
    (send: AnyMethod): AnyMethod =>
    (...args) =>
      audited(send, ...args)
  replaceMethod(apiClient, 'apiCall', called, log)
}

/**
 * Ends a streamed call when its consumer stops, or when the client throws, as it does at an event that is no JSON: it
 * tells nobody then, and leaves the answer's body unread and open.
 */
function endWithConsumer(
  apiClient: object,
  log: AuditLog,
  answers: WeakMap<object, AttemptGroup>
): void {
  const watched =
    (read: AnyMethod): AnyMethod =>
    (...args) => {
      const source = read.apply(apiClient, args)
      const { call, last } = (isObject(args[0]) && answers.get(args[0])) || {}
      return call && isAsyncIterable(source) ? watchConsumer(source, call, last) : source
    }
  replaceMethod(apiClient, 'processStreamResponse', watched, log)
}

function attemptOptions(apiClient: object, request: unknown): AttemptOptions {
  const { abortSignal: signal, httpOptions: own } = isObject(request) ? request : {}
  const { retryOptions } = { ...httpOptionsOf(apiClient), ...(isObject(own) && own) }
  const options = { limit: 1, signal: signalOf(signal) }
  if (!isObject(retryOptions) || !('getFetch' in apiClient)) return options
  const { attempts, httpStatusCodes } = retryOptions
  const retried = Array.isArray(httpStatusCodes) ? httpStatusCodes : RETRIED
  return {
    ...options,
    limit: typeof attempts === 'number' ? Math.max(1, attempts) : ATTEMPTS,
    retriesRead: (status) => retried.includes(status)
  }
}

function httpOptionsOf(apiClient: object): { readonly [name: string]: unknown } {
  const { clientOptions } = apiClient as { readonly clientOptions?: unknown }
  const options = isObject(clientOptions) ? clientOptions.httpOptions : undefined
  return isObject(options) ? options : {}
}

/** The client says its version in its user agent: `google-genai-sdk/3.3.0 gl-node/…`. */
function versionOf(apiClient: object): string | undefined {
  const { headers } = httpOptionsOf(apiClient)
  const agent = isObject(headers) ? headers['User-Agent'] : undefined
  return typeof agent === 'string' ? /google-genai-sdk\/([\w.-]+)/.exec(agent)?.[1] : undefined
}
