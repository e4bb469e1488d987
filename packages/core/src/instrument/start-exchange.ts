import type { OpenCall } from '../call/open-call.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { readSentHeaders } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { type RequestReading, readBody, readLater, readSent } from '../wire/deferred-reading.ts'
import { KeptBody } from '../wire/kept-body.ts'
import { Exchange } from './exchange.ts'

/** Where a request goes, what it speaks, and who may abort it. */
export interface ExchangeTarget {
  readonly protocol: Protocol
  readonly url: URL
  readonly signal: AbortSignal | undefined
  /** What the request's `user-agent`, and what its protocol names, is read from. */
  readonly headers: HeadersInit | undefined
}

/** An attempt that starts. */
export interface StartedExchange {
  readonly call: OpenCall
  readonly exchange: Exchange
  /** To be awaited before the request leaves. */
  readonly admitted: Promise<void> | undefined
}

/**
 * Opens a call for a request that is about to leave, or takes up the call that it is one more attempt
 * at. `body` is the request's, as fetch takes it.
 *
 * For clients that do not take a fetch: their adapter tells the exchange that a response began, or
 * was refused, and then, as its `TapObserver`, of the body's bytes when the client takes them.
 */
export function startExchange(
  log: AuditLog,
  target: ExchangeTarget,
  body: unknown
): StartedExchange {
  const group = log.attempts()
  const retried = group?.call?.isOpen ? group.call : undefined
  // What was sent before is not read again, but a text costs nothing.
  const kept = new KeptBody(retried && typeof body !== 'string' ? undefined : body)
  const call = retried ?? log.open(readRequest(target, kept))
  if (retried) group?.last?.supersede()
  if (group) {
    group.call = call
    if (!retried) group.before = group.started
    group.started++
  }
  const asked = () => readBody(kept.body)
  const exchange = new Exchange(target.protocol, call, target.signal, group, asked)
  if (group) group.last = exchange
  return { call, exchange, admitted: retried ? undefined : call.admitted() }
}

function readRequest({ protocol, url, headers }: ExchangeTarget, kept: KeptBody): RequestReading {
  // What waits for the journal keeps nothing of the client alive.
  const said = readSentHeaders(headers, protocol.headers)
  const { href } = url
  const sent = () => ({ url: href, body: kept.body, ...said })
  const reading = kept.reading && (() => kept.reading)
  return readLater(protocol, sent, readSent, { bytes: kept.size, reading })
}
