import { over, passError, passOn, startWhen } from '../base/host-first.ts'
import { isPromiseLike } from '../base/promises.ts'
import type { SentNow } from '../call/attempts.ts'
import type { AuditLog } from '../log/audit-log.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { checkWrapping } from './check-wrapping.ts'
import type { ExchangeTarget } from './exchange-target.ts'
import { isSameRequest } from './same-request.ts'
import { snapshotArguments } from './snapshot-arguments.ts'
import { type StartedExchange, startExchange } from './start-exchange.ts'

type Fetch = typeof globalThis.fetch
type Input = Parameters<Fetch>[0]
type Init = Parameters<Fetch>[1]

/**
 * A fetch that records the requests which one of `protocols` recognises (the first that matches)
 * and passes all others through. Results, errors, bodies and their pace are those of `base`; the
 * body is watched while the application reads it. In the waiting modes the body's end waits for
 * its record; in `blocking-strict` the request waits for `received`.
 *
 * Wrapping a wrapped fetch is harmless: a request is recorded once per log. Other calls that `base` makes, of guard models
 * or of models to fall back on, are recorded as calls inside of this one.
 */
export function wrapFetch(
  log: AuditLog,
  protocols: readonly Protocol[],
  base: Fetch = globalThis.fetch
): Fetch {
  checkWrapping(log, base)
  const find = newFinder(protocols)
  const fetch = (host: Fetch, input: Input, init: Init): Promise<Response> => {
    const target = findTarget(find, input, init)
    if (target === undefined || !log.isRecording) return host(input, init)
    const isBodyOfRequest = init?.body == null && isRequest(input) && input.body !== null
    const body = isBodyOfRequest ? input : init?.body
    const around = log.attempts()?.sending
    if (around && isSameRequest(around, target.url.href, body)) return host(input, init)
    const started = startExchange(log, target, body, true)
    const { instead } = started
    const sending = { url: target.url.href, body: instead ?? body }
    const group = { options: once, started: 0, sending }
    const send = (request: Fetch, given: Parameters<Fetch>) =>
      watch(started, sending, () =>
        started.call.run(() => log.withAttempts(group, () => request(...given)))
      )
    if (started.admitted === undefined) return send(host, [input, init])
    const given = snapshotArguments([input, init])
    if (instead && given[1]) given[1].body = instead
    const begin = over<undefined, Parameters<Fetch>, Promise<Response>>(base, (later) =>
      send(later, given)
    )
    return startWhen(started.admitted, begin, given)
  }
  return over<unknown, Parameters<Fetch>, Promise<Response>>(base, fetch, 'nothing')
}

/** A fetch sends a request once. Stands by itself: what is around a request must not hold its answer. */
const once = () => ({ limit: 1 })

/** Tells the exchange what comes of a fetch. */
function watch(
  { call, exchange }: StartedExchange,
  sending: SentNow,
  send: () => Promise<Response>
): Promise<Response> {
  // A connection is kept longer than an answer takes, and what it was opened in with it.
  const forget = () => {
    sending.body = undefined
  }
  let sent: Promise<Response>
  try {
    sent = send()
  } catch (error) {
    call.fail(error, {})
    throw error
  }
  // A stand-in for fetch may give its answer at once.
  if (!isPromiseLike(sent)) {
    exchange.watchBody(sent)
    return sent
  }
  const onResponse = (response: Response) => {
    forget()
    exchange.watchBody(response)
  }
  const onFailure = (error: unknown) => {
    forget()
    return exchange.onFailure(error)
  }
  return sent.then(passOn(onResponse), passError(onFailure))
}

type Finder = (
  address: string,
  method: string
) => Pick<ExchangeTarget, 'protocol' | 'url'> | undefined

/** Finds the protocol of an address, if it is one. The last one is remembered: clients ask one again and again. */
function newFinder(protocols: readonly Protocol[]): Finder {
  let last: { address: string; method: string; found: ReturnType<Finder> } | undefined
  return (address, method) => {
    if (last?.address === address && last.method === method) return last.found
    const base = baseUrl()
    // What is not an address is the fetch's below to refuse.
    const url = URL.canParse(address, base) ? new URL(address, base) : undefined
    const protocol = url && protocols.find((candidate) => candidate.matches(url, method))
    const found = protocol && { protocol, url }
    // A page may move, and relative addresses with it.
    if (base === undefined) last = { address, method, found }
    return found
  }
}

function findTarget(find: Finder, input: Input, init: Init): ExchangeTarget | undefined {
  const request = isRequest(input) ? input : undefined
  const address = request?.url ?? String(input)
  const found = find(address, String(init?.method ?? request?.method ?? 'GET').toUpperCase())
  if (found === undefined) return undefined
  const { protocol, url } = found
  const headers = init?.headers ?? request?.headers
  // A signal of null takes that of the request away.
  const signal = init?.signal === undefined ? request?.signal : (init.signal ?? undefined)
  return { protocol, url, signal, headers }
}

/** In browsers, what relative URLs are relative to. */
function baseUrl(): string | undefined {
  return (globalThis as { location?: { href?: string } }).location?.href
}

function isRequest(input: Input): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input
}
