import { isObject } from '../base/json.ts'
import { type HeaderFields, pickHeaders, requestIdOf } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
export const NULL_BODY_STATUS = new Set([101, 103, 204, 205, 304])

/** What the head of a response says, read when it came: the application may change its headers. */
export interface ResponseHead {
  /** 0 where it is unknown. */
  readonly status: number
  readonly contentType: string
  readonly requestId: string | undefined
  /** Those that the protocol names. */
  readonly headers: HeaderFields | undefined
  readonly retryAfterMs: number | undefined
}

/** Stands for the head of a response while none has come. */
export const NO_HEAD: ResponseHead = {
  status: 0,
  contentType: '',
  requestId: undefined,
  headers: undefined,
  retryAfterMs: undefined
}

/**
 * Reads the head of a response, which may be a stand-in with members left out; `undefined` for what is
 * no response at all. Never throws.
 */
export function readHead(response: unknown, protocol: Protocol): ResponseHead | undefined {
  if (!isObject(response)) return undefined
  try {
    const { status, headers: given } = response
    const headers = isHeaders(given) ? given : undefined
    return {
      status: typeof status === 'number' ? status : 0,
      contentType: headers?.get('content-type') ?? '',
      requestId: requestIdOf(headers),
      headers: pickHeaders(headers, protocol.headers),
      retryAfterMs: readRetryAfter(headers?.get('retry-after'))
    }
  } catch {
    return NO_HEAD
  }
}

function isHeaders(value: unknown): value is Headers {
  return isObject(value) && typeof value.get === 'function'
}

/**
 * The value of a header `retry-after` in milliseconds: seconds or an HTTP date (RFC 9110, section
 * 10.2.3); `undefined` where it is absent or neither.
 */
export function readRetryAfter(value: string | null | undefined): number | undefined {
  if (!value) return undefined
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
