import {
  type AnyMethod,
  type AttemptOptions,
  type AuditLog,
  checkWrapping,
  claim,
  isObject,
  layOver,
  logsOf,
  methodOf,
  over,
  passOn,
  replaceMethod,
  reportStandIns,
  reportUnseen,
  reportUntested,
  wrapFetch
} from '@slm-audit/core/adapter'
import { sendWatched, watchMethod } from './method-outcome.ts'
import { anywhere, mistralProtocols } from './protocols.ts'

type Fields = { readonly [name: string]: unknown }
type Fetch = typeof globalThis.fetch

/** What of a client, and of its parts, is used. */
interface Client {
  readonly _options: Fields
  _do(...args: unknown[]): Promise<unknown>
}

/** Why calls of a client, or of a part of one, are not seen, and the logs that were told so. */
const unseen = new WeakMap<object, string | undefined>()
const told = new WeakMap<object, ReadonlySet<AuditLog>>()

const NAME = '@mistralai/mistralai'

/**
 * Records chats, agents, conversations, completions, embeddings and moderations of `client`. The client is the same
 * object, changed in place: subclasses, fields of its own, hooks and its HTTP client stay as they are. Standalone
 * functions (`chatComplete(client, …)`) are audited with it. Retries of one call are attempts of one record.
 * Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@mistralai/mistralai` package, 1.10 or newer. A client whose
 * calls cannot be seen is reported as `client_unseen`.
 */
export function wrapMistral<T extends object>(client: T, log: AuditLog): T {
  checkWrapping(log, client)
  if (!isClient(client)) throw new TypeError(`this is not a client of the ${NAME} package`)
  if (claim(client, log)) auditPart(client, () => logsOf(client))
  return client
}

/** Has a client, or a part of one, recorded in logs that did not before, and tells those of what they will not see. */
function auditPart(part: Client, logs: () => ReadonlySet<AuditLog>): void {
  const [before, now] = [told.get(part), logs()]
  if (before === now) return
  told.set(part, now)
  const target = { target: part, name: `${NAME} client` }
  if (before === undefined) unseen.set(part, layOverPart(part, logs))
  for (const log of now) {
    reportStandIns(log, target, Object.getOwnPropertyNames(part))
    reportUnseen(log, target, unseen.get(part))
  }
}

/**
 * Lays over what sends a request, with its retries: in a client and in its parts (`chat`, `fim`, `beta.…`), which are
 * made when they are first asked for. Returns why calls are not seen then.
 */
function layOverPart(part: Client, logs: () => ReadonlySet<AuditLog>): string | undefined {
  const sender = senderOf(part, logs)
  if (sender === undefined) return 'its _do() is not that of its package'
  const send = (...args: unknown[]) => sendAll(sender, args, [...logs()])
  const { _do: before } = part
  replaceMethod(part, '_do', () => send)
  let why = part._do === before ? 'its _do() cannot be changed' : undefined
  for (const name of methodsOf(part)) {
    replaceMethod(part, name, watchedBy(logs))
  }
  for (const [name, get] of accessorsOf(part)) {
    const own = function (this: unknown) {
      const inner = get.call(this)
      if (isObject(inner) && isClient(inner)) auditPart(inner, logs)
      return inner
    }
    if (!layOver(part, name, { get: own })) why = 'its parts cannot be changed'
  }
  return why
}

/**
 * Sends as a part does, with an HTTP client that records: what a part sends by is private to it, so that another object of
 * the package's base class, with the same options and hooks, stands in for it. `undefined` where something
 * else sends, such as a stand-in for tests.
 */
function senderOf(part: Client, logs: () => ReadonlySet<AuditLog>): (() => Client) | undefined {
  const levels = levelsOf(part).filter((level) => Object.hasOwn(level, '_do'))
  const [level] = levels
  if (level === undefined || levels.length > 1 || level === part) return undefined
  const Base = level.constructor as new (options: Fields) => Client
  let made: { readonly sender: Client; readonly logs: ReadonlySet<AuditLog> } | undefined
  return () => {
    if (made?.logs !== logs()) {
      let { httpClient } = part._options
      for (const log of logs()) httpClient = auditedHttp(httpClient, log)
      made = { sender: new Base({ ...part._options, httpClient }), logs: logs() }
    }
    return made.sender
  }
}

/** Sends a request as one call of several attempts, for each of the logs. */
function sendAll(
  sender: () => Client,
  args: readonly unknown[],
  [log, ...others]: readonly AuditLog[]
): Promise<unknown> {
  if (log === undefined) return sender()._do(...args)
  return sendWatched(log, attemptOptions(args), () => {
    const group = log.attempts()
    const sending = sendAll(sender, args, others)
    const settled = (result: unknown) => {
      const error = isObject(result) && result.ok === false ? result.error : undefined
      // Between two attempts nobody else tells that the client gives up.
      if (error !== undefined) group?.call?.fail(causeOf(error), {})
    }
    sending.then(passOn(settled), ignore)
    return sending
  })
}

/** An HTTP client over the application's own, or over the global fetch, which the client uses else. */
function auditedHttp(own: unknown, log: AuditLog): { readonly request: Fetch } {
  const base: Fetch = isHttp(own)
    ? methodOf(own, 'request', 1)
    : (input, init) => (init === undefined ? fetch(input) : fetch(input, init))
  const audited = wrapFetch(log, [...mistralProtocols, ...anywhere], base)
  let isKnown = false
  const request = over<unknown, Parameters<Fetch>, Promise<Response>>(
    audited,
    (host, input, init) => {
      if (!isKnown && input instanceof Request) {
        isKnown = true
        const version = /^mistral-client-typescript\/(\S+)/.exec(agentOf(input))?.[1]
        reportUntested(log, { name: NAME, version, tested: ['1', '2'] })
      }
      return host(input, init)
    },
    'nothing'
  )
  return { request }
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

/** Has the logs hear what comes of a method of the client's. */
function watchedBy(logs: () => ReadonlySet<AuditLog>) {
  return (host: AnyMethod): AnyMethod =>
    function (...args) {
      let run = () => host.apply(this, args)
      for (const log of logs()) {
        const inner = run
        run = () => watchMethod(log, inner)
      }
      return run()
    }
}

/** The methods of an object's classes that ask models, as far as nothing was put over them. */
function methodsOf(part: object): string[] {
  const levels = levelsOf(part).filter((level) => level !== part && !Object.hasOwn(level, '_do'))
  const names = levels.flatMap((level) =>
    Object.entries(Object.getOwnPropertyDescriptors(level)).flatMap(([name, { value }]) =>
      typeof value === 'function' && name !== 'constructor' ? [name] : []
    )
  )
  return names.filter((name) => !Object.hasOwn(part, name))
}

/** The getters of an object's classes. */
function accessorsOf(part: object): [string, (this: unknown) => unknown][] {
  return levelsOf(part).flatMap((level) =>
    Object.entries(Object.getOwnPropertyDescriptors(level)).flatMap(
      ([name, { get }]): [string, (this: unknown) => unknown][] =>
        get && level !== part ? [[name, get]] : []
    )
  )
}

/** An object and what it inherits from. */
function levelsOf(part: object): object[] {
  const levels: object[] = []
  for (let level = part; level && level !== Object.prototype; ) {
    levels.push(level)
    level = Object.getPrototypeOf(level) as object
  }
  return levels
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
