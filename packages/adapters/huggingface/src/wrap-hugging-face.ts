import {
  type AuditLog,
  checkWrapping,
  claim,
  isAsyncIterable,
  isObject,
  logsOf,
  over,
  type Protocol,
  quietly,
  replaceFetch,
  reportUnseen,
  reportUntested,
  signalOf,
  standInFor,
  tapIterable,
  wrapFetch
} from '@slm-audit/core/adapter'
import { openaiChat, openaiProtocols } from '@slm-audit/openai'
import { CallAttempts } from './call-attempts.ts'
import { continuing, operationOf, taskOf } from './huggingface-task.ts'
import { asksByItself, noteStandIn, originalMethods } from './original-methods.ts'
import { textGeneration } from './text-generation.ts'

type Fetch = typeof globalThis.fetch
type Method = (params: unknown, options?: unknown) => unknown
type Fields = { readonly [name: string]: unknown }

const TESTED = ['3', '4']
const NAME = '@huggingface/inference client'

/**
 * A client that records its calls, whichever provider serves them: an object of the same class, over
 * `client`, which stays as it is. All tasks, streams, `request` and `endpoint()` are audited; a `fetch`
 * given to the client or to one call is used as before. Retries of one call are attempts of one
 * record. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@huggingface/inference` package, 3.0 or newer, or was
 * made by `endpoint()` of a client of major 3, which does not tell its options: wrap the client.
 */
export function wrapHuggingFace<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  const told = quietly(() => membersOf(client as Fields))()
  if (told === undefined) {
    reportUnseen(log, { target: client, name: NAME }, 'it cannot be read')
    return client
  }
  const { defaultOptions, chatCompletion } = told
  if (typeof chatCompletion !== 'function') {
    throw new TypeError('this is not a client of the @huggingface/inference package')
  }
  if (!isObject(defaultOptions)) {
    throw new TypeError('this client does not tell its options: wrap the one that it was made from')
  }
  return wrapOver(client, log, defaultOptions)
}

function membersOf({ defaultOptions, chatCompletion }: Fields): Fields {
  return { defaultOptions, chatCompletion }
}

function wrapOver<T extends object>(client: T, log: AuditLog, defaults: Fields): T {
  if (logsOf(client).has(log)) return client
  const members: { [name: string]: unknown } = {}
  for (const [name, method] of methodsOf(client)) {
    const value = over<unknown, [params: unknown, options?: unknown], unknown>(
      method,
      (host, params, options) => {
        if (!log.isRecording) return host(params, options)
        const protocols = protocolsFor(name, isObject(params) ? params.model : undefined)
        return recordCall(log, protocols, { defaults, options }, (own) => host(params, own))
      },
      'nothing'
    )
    members[name] = value
  }
  const { endpoint } = client as { endpoint?: (url: string) => object }
  if (typeof endpoint === 'function') {
    members.endpoint = (url: string) => wrapOver(endpoint.call(client, url), log, defaults)
  }
  if (asksByItself(client, subclassesOf(client))) auditOriginal(client, log, defaults)
  // The client's methods cannot be redefined, so that they are laid over in an object of its own.
  const audited = noteStandIn(standInFor(client, members, originalMethods(client)), client)
  claim(audited, log, client)
  return audited
}

/**
 * The methods that ask models: functions of the client's own and of the class that has `endpoint`. What
 * a subclass adds, in its prototype or as an enumerable member, is the application's and asks by these.
 */
function methodsOf(client: object): [string, Method][] {
  const names = new Set<string>()
  let isPackages = false
  for (let at = client; at !== Object.prototype && at; at = Object.getPrototypeOf(at)) {
    const isPrototype = Object.hasOwn(at, 'constructor')
    const isBase = Object.getPrototypeOf(at) === Object.prototype
    isPackages ||= isBase || (isPrototype && Object.hasOwn(at, 'endpoint'))
    for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const isOfPackage = isPackages || (!isPrototype && !own.enumerable)
      const isMethod = typeof own.value === 'function' && !NO_METHODS.has(name)
      if (isMethod && isOfPackage) names.add(name)
    }
  }
  return [...names].map((name) => [name, Reflect.get(client, name) as Method])
}

/** The prototypes of the application's subclasses. */
function subclassesOf(client: object): object[] {
  const classes: object[] = []
  for (let at = Object.getPrototypeOf(client); at && !Object.hasOwn(at, 'endpoint'); ) {
    classes.push(at)
    at = Object.getPrototypeOf(at)
  }
  return classes
}

/** Records what a client asks by itself, by the options that it reads at each call. */
function auditOriginal(client: object, log: AuditLog, defaults: Fields): void {
  const protocols = protocolsFor('request', undefined)
  const audited = (base: Fetch): Fetch => {
    const recorded = wrapFetch(log, protocols, base)
    // What a method of the stand-in sends is on its way through here, and is recorded there.
    const isOnItsWay = quietly(() => log.attempts()?.sending !== undefined)
    return (...args) =>
      isOnItsWay() ? recorded(...args) : log.withAttempts({ limit: 1 }, () => recorded(...args))
  }
  // The client asks by a copy of its options, which has what is enumerable alone.
  if (!Object.hasOwn(defaults, 'fetch'))
    quietly(() => Reflect.set(defaults, 'fetch', globalFetch))()
  if (replaceFetch(defaults, log, audited)) return
  reportUnseen(
    log,
    { target: client, name: NAME },
    'what a subclass adds asks by options that cannot be changed'
  )
}

/** The global one, as that is when it is called. */
const globalFetch: Fetch = (...args) => globalThis.fetch(...args)

const NO_METHODS = new Set(['constructor', 'endpoint'])

function recordCall(
  log: AuditLog,
  protocols: readonly Protocol[],
  { defaults, options }: { readonly defaults: Fields; readonly options: unknown },
  run: (options: object) => unknown
): unknown {
  const given = isObject(options) ? options : {}
  const { fetch = defaults.fetch ?? globalThis.fetch, signal = defaults.signal } = given
  const attempts = new CallAttempts(log, signalOf(signal))
  const audited = wrapFetch(log, protocols, fetch as Fetch)
  const watched = over<unknown, Parameters<Fetch>, Promise<Response>>(
    fetch as Fetch,
    (_, input, init) => {
      reportUntested(log, {
        name: '@huggingface/inference',
        version: versionIn(init?.headers),
        tested: TESTED
      })
      return attempts.run(() => audited(input, init))
    },
    'nothing'
  )
  const result = run({ ...given, fetch: watched })
  if (isAsyncIterable(result)) return tapIterable(result, attempts)
  return result instanceof Promise ? result.then(attempts.onResolved, attempts.onRejected) : result
}

const texts: readonly Protocol[] = openaiProtocols.map((protocol) =>
  protocol === (openaiChat as Protocol) ? continuing(protocol) : protocol
)

/** Formats that a method may speak; those of many providers are OpenAI's. */
function protocolsFor(name: string, model: unknown): readonly Protocol[] {
  const task = name
    .replace(/Stream$/, '')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replace(/^chat-completion$/, 'conversational')
    .replace(/^(streaming-)?request$/, 'inference')
  const own = [textGeneration as Protocol, taskOf(operationOf(task), model)]
  return [...(task === 'text-generation' ? texts : openaiProtocols), ...own]
}

/** The client says its version in its user agent: `@huggingface/inference/4.13.30 Node.js/24`. */
function versionIn(headers: unknown): string | undefined {
  const agent = isObject(headers) ? headers['User-Agent'] : undefined
  return typeof agent === 'string' ? /inference\/(\d[\w.-]*)/.exec(agent)?.[1] : undefined
}
