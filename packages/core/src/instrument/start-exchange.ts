import type { AuditError } from '../base/error.ts'
import { refused } from '../base/promises.ts'
import { type OpenCall, unrecordedCall } from '../call/open-call.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { readSentHeaders } from '../protocol/header-fields.ts'
import { guard, guardMethods } from '../runtime/guard.ts'
import { RequestBody } from '../streams/request-body.ts'
import { type RequestReading, readBody, readRequestLater } from '../wire/deferred-reading.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeTarget } from './exchange-target.ts'
import { untilAborted } from './until-aborted.ts'

/** An attempt that starts. */
export interface StartedExchange {
  /** The call that the request opened. */
  readonly call: OpenCall
  /** What watches the answer. */
  readonly exchange: Exchange
  /** To be awaited before the request leaves. */
  readonly admitted: Promise<void> | undefined
  /** What is to be sent in place of the body, which was a stream and has been read for the policy. */
  readonly instead?: ReadableStream<Uint8Array> | undefined
}

/**
 * Opens a call for a request that is about to leave, or takes up the call that it is one more attempt
 * at. `body` is the request's, as fetch takes it.
 *
 * For clients that do not take a fetch: their adapter tells the exchange that a response began, or
 * was refused, and then, as its `TapObserver`, of the body's bytes when the client takes them.
 *
 * @param isReplaceable Whether `instead` is sent where there is one; streams are not read before they are sent otherwise.
 */
export function startExchange(
  log: AuditLog,
  target: ExchangeTarget,
  body: unknown,
  isReplaceable = false
): StartedExchange {
  const around = log.attempts()
  const group = around?.sending ? undefined : around
  if (group?.denied) return deniedExchange(log, target, group.denied)
  const retried = group?.call?.isOpen ? group.call : undefined
  // What was sent before is not read again, but a text costs nothing.
  const isRead = !retried || typeof body === 'string'
  const kept = guard(
    log.report,
    () => new RequestBody(isRead ? body : undefined, isReplaceable),
    () => new RequestBody(undefined)
  )
  const call = retried ?? log.open(readRequest(target, kept))
  if (retried) group?.last?.supersede()
  if (group) {
    group.call = call
    if (!retried) {
      group.before = group.started
      delete group.admitted
    }
    group.started++
  }
  const sent = { asked: () => readBody(kept.data), came: () => kept.sent() }
  const exchange = new Exchange(log.report, target, call, group, sent)
  if (group) group.last = exchange
  const admitted = retried ? group?.admitted : call.admitted()
  const failed = (reason: unknown) => exchange.onFailure(reason)
  const { instead } = kept
  return {
    call,
    exchange,
    admitted: admitted && untilAborted(admitted, target.signal, failed),
    ...(instead && { instead })
  }
}

/** One more attempt at a call that a policy refused. */
function deniedExchange(log: AuditLog, target: ExchangeTarget, refusal: AuditError) {
  const sent = { asked: () => undefined, came: () => undefined }
  const exchange = new Exchange(log.report, target, unrecordedCall, undefined, sent)
  return { call: unrecordedCall, exchange, admitted: refused(refusal) }
}

function readRequest(
  { protocol, url, headers }: ExchangeTarget,
  kept: RequestBody
): RequestReading {
  const said = readSentHeaders(headers, protocol.headers)
  const { href } = url
  const { data, rest, isUnread } = kept
  const identity = protocol.identity && (() => protocol.identity?.(data, url))
  return readRequestLater(protocol, () => ({ url: href, body: data, ...said }), {
    rest,
    isUnread,
    readAhead: () => kept.readAhead(),
    identity
  })
}

guardMethods(
  Exchange,
  [
    'watchBody',
    'began',
    'watch',
    'onFailure',
    'next',
    'end',
    'fail',
    'cancel',
    'supersede',
    'taken',
    'giveUp'
  ],
  (exchange) => exchange.leave()
)
