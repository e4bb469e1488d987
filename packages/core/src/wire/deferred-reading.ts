import type { BodyChunk } from '../base/bytes.ts'
import type { HeaderFields } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { BodyData } from './kept-body.ts'
import { readAnswer, readErrorBody } from './read-answer.ts'
import { readMultipart } from './read-multipart.ts'

/** A request as it went over the wire. */
export interface SentRequest {
  readonly url: string
  /** What nobody can change any more. */
  readonly body: BodyData
  /** What the client calls itself, as in `OpenAI/JS 7.57.0`. */
  readonly agent: string | undefined
  /** Those that the protocol names. */
  readonly headers: HeaderFields | undefined
}

/** An answer as far as it came over the wire. */
export interface SeenAnswer {
  readonly contentType: string
  readonly requestId: string | undefined
  /** Those that the protocol names. */
  readonly headers: HeaderFields | undefined
  readonly chunks: readonly BodyChunk[]
  /** Whether it came to its end. */
  readonly whole: boolean
  /** Whether it is the body of an error. */
  readonly isError: boolean
}

/**
 * Something on the wire that is read later: here, by calling it, or where its source is sent to,
 * which is plain data.
 */
export interface WireReading<Source, T> {
  (): T
  readonly protocol: Protocol
  readonly source: () => Source
  /** Size of the body, about, while it waits to be read. */
  readonly bytes: number
  /** Settles when the source is there, while it is not. */
  readonly reading?: (() => Promise<void> | undefined) | undefined
}

/** A request to be read later. */
export type RequestReading = WireReading<SentRequest, CallRequest>

/** An answer to be read later. */
export type AnswerReading = WireReading<SeenAnswer, CallResponse>

/** Puts off the reading of what `source` returns. */
export function readLater<Source, T>(
  protocol: Protocol,
  source: () => Source,
  read: (protocol: Protocol, source: Source) => T,
  { bytes, reading }: Pick<WireReading<Source, T>, 'bytes' | 'reading'>
): WireReading<Source, T> {
  const later = () => read(protocol, source())
  later.protocol = protocol
  later.source = source
  later.reading = reading
  later.bytes = bytes
  return later
}

/** Whether a value is read from the wire when it is called. */
export function isWireReading<T>(
  later: Later<T> | undefined
): later is WireReading<T extends CallRequest ? SentRequest : SeenAnswer, T> {
  return typeof later === 'function' && 'source' in later
}

/** Reads a request. What its protocol cannot read is recorded as far as known. */
export function readSent(protocol: Protocol, sent: SentRequest) {
  const { url: address, body, agent, headers } = sent
  const url = new URL(address)
  const endpoint = {
    address: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname
  }
  return {
    protocol: protocol.name,
    endpoint,
    ...(agent && { client: clientOf(agent) }),
    ...protocol.readRequest(readBody(body), url, headers)
  } satisfies CallRequest
}

/** Reads an answer, or the body of an error. */
export function readSeen(protocol: Protocol, seen: SeenAnswer): CallResponse {
  const { requestId } = seen
  const response = seen.isError ? readErrorBody(protocol, seen.chunks) : readAnswer(protocol, seen)
  return requestId === undefined ? response : { requestId, ...response }
}

/** What a request's body holds: parsed JSON, a form's fields, a text or bytes. */
export function readBody(body: BodyData): unknown {
  const read = body instanceof Uint8Array ? readBytes(body) : body
  return typeof read === 'string' ? parse(read) : read
}

/** A form, a text, or else the bytes themselves: of a sound, for instance. */
function readBytes(body: Uint8Array): unknown {
  const form = readMultipart(body)
  if (form !== undefined) return form
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return body
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A user agent that names several products (RFC 9110, section 10.1.5): the first is the SDK. */
const PRODUCTS = /^([^\s/]+)\/v?(\d[\w.+-]*)(?: .*)?$/
const SPACED = /^(.+?)[ /]v?(\d[\w.+-]*)(?: \(.*)?$/

/** The SDK that sent the request, by its user agent: `OpenAI/JS 7.57.0`, `ollama-js/0.6.4 (…)`. */
function clientOf(agent: string): NonNullable<CallRequest['client']> {
  const [, name, version] = PRODUCTS.exec(agent) ?? SPACED.exec(agent) ?? []
  return { name: name ?? agent, ...(version !== undefined && { version }) }
}
