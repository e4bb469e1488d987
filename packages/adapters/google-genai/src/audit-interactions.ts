import type { Protocol } from '@slm-audit/core/adapter'
import {
  type AttemptOptions,
  type AuditLog,
  claim,
  isObject,
  replaceMethod,
  wrapFetch
} from '@slm-audit/core/adapter'
import { geminiInteractions } from './gemini-interactions.ts'

type Fetch = typeof globalThis.fetch

/** How often the client tries again unless told. */
const RETRIES = 4

/**
 * Records `client.interactions`, which ask through a client of their own: it takes the fetch that
 * `apiClient.getFetch` gives. Older versions have no such method, and stay as they are.
 */
export function auditInteractions(client: object, apiClient: object, log: AuditLog): void {
  if (!('getFetch' in apiClient)) return
  replaceMethod(apiClient, 'getFetch', (get) => () => {
    const own = get.call(apiClient)
    const base = typeof own === 'function' ? (own as Fetch) : globalFetch
    return wrapFetch(log, [geminiInteractions as Protocol], base)
  })
  const { _interactions: made } = client as { readonly _interactions?: unknown }
  // One that was made before keeps the fetch that it was made with.
  if (isObject(made)) Object.assign(made, { sdk: undefined })
  groupAttempts(client, log)
}

/** Laid over the getter, so that nothing is made before the application asks for it. */
function groupAttempts(client: object, log: AuditLog): void {
  const getter = getterOf(client, 'interactions')
  if (getter === undefined) return
  const get = () => {
    const interactions: unknown = getter.call(client)
    if (!isObject(interactions)) return interactions
    if (!claim(interactions, log)) return interactions
    replaceMethod(interactions, 'create', (create) => (...args) => {
      const options = () => attemptOptions(args[1])
      return log.withAttempts(options, () => create.apply(interactions, args))
    })
    return interactions
  }
  Object.defineProperty(client, 'interactions', { get, configurable: true })
}

function getterOf(object: object, name: string): (() => unknown) | undefined {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor) return descriptor.get
  }
  return undefined
}

function attemptOptions(options: unknown): AttemptOptions {
  const {
    maxRetries,
    retries,
    signal: own,
    fetch_options: raw,
    fetchOptions = raw
  } = isObject(options) ? options : {}
  const told = isObject(retries) ? retries.maxRetries : maxRetries
  const signal = own ?? (isObject(fetchOptions) ? fetchOptions.signal : undefined)
  return {
    limit: 1 + (typeof told === 'number' ? Math.max(0, told) : RETRIES),
    ...(signal instanceof AbortSignal && { signal })
  }
}

/** As the client itself asks, where it is given no fetch. */
const globalFetch: Fetch = (input, init) =>
  init === undefined ? globalThis.fetch(input) : globalThis.fetch(input, init)
