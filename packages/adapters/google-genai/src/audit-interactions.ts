import type { Protocol } from '@slm-audit/core/adapter'
import {
  type AnyMethod,
  type AttemptOptions,
  type AuditLog,
  claim,
  descriptorOf,
  isObject,
  layOver,
  replaceMethod,
  reportUnseen,
  signalOf,
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
  const audited = (get: AnyMethod) => () => {
    const own = get.call(apiClient)
    const base = typeof own === 'function' ? (own as Fetch) : globalFetch
    return wrapFetch(log, [geminiInteractions as Protocol], base)
  }
  replaceMethod(apiClient, 'getFetch', audited, log)
  const { _interactions: made } = client as { readonly _interactions?: unknown }
  // One that was made before keeps the fetch that it was made with.
  if (isObject(made)) Reflect.set(made, 'sdk', undefined)
  groupAttempts(client, log)
}

/** Laid over the getter, so that nothing is made before the application asks for it. */
function groupAttempts(client: object, log: AuditLog): void {
  const getter = descriptorOf(client, 'interactions')?.get
  if (getter === undefined) return
  const get = () => {
    const interactions: unknown = getter.call(client)
    if (!isObject(interactions)) return interactions
    if (!claim(interactions, log)) return interactions
    const grouped =
      (create: AnyMethod): AnyMethod =>
      (...args) => {
        const options = () => attemptOptions(args[1])
        return log.withAttempts(options, () => create.apply(interactions, args))
      }
    replaceMethod(interactions, 'create', grouped, log)
    return interactions
  }
  if (!layOver(client, 'interactions', { get })) {
    const unseen = { target: client, name: '@google/genai client' }
    reportUnseen(log, unseen, 'its interactions cannot be changed')
  }
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
    signal: signalOf(signal)
  }
}

/** As the client itself asks, where it is given no fetch. */
const globalFetch: Fetch = (input, init) =>
  init === undefined ? globalThis.fetch(input) : globalThis.fetch(input, init)
