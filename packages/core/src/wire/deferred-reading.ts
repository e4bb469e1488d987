import { type BodyChunk, newDecoder } from '../base/bytes.ts'
import { parse as parseJson } from '../base/json-text.ts'
import type { HeaderFields } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { ModelIdentity } from '../record/record.ts'
import type { BodyData, BodyPieces } from '../streams/request-body.ts'
import { type AskedFacts, readAnswer, readErrorBody } from './read-answer.ts'
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
  /** Which attempt at the call it answers. */
  readonly attempt: number
  /** Whether the application may have read more of it, past all that watches a body. */
  readonly isUnseen?: boolean
}

/** What is known of an answer on the wire beside its body. */
export type AnswerFacts = Omit<SeenAnswer, 'chunks'>

/**
 * Something on the wire that is read later: here, by calling it, or where its source is sent to,
 * which is plain data.
 */
export interface WireReading<Source, T> {
  (): T
  readonly protocol: Protocol
  readonly source: () => Source
}

/** A request to be read later. */
export interface RequestReading extends WireReading<SentRequest, CallRequest> {
  /** The body, where it can only be read bit by bit; the source has none then. */
  readonly rest?: BodyPieces | undefined
  /** Whether it has a body that nobody can read, unless `rest` is there. */
  readonly isUnread?: boolean | undefined
  /** The body bit by bit, in place of `rest`, for a request that is sent when all of it has come. */
  readonly readAhead?: (() => BodyPieces | undefined) | undefined
  /** What is known of the model, asked when the call ends. */
  readonly identity?: (() => ModelIdentity | undefined) | undefined
}

/** An answer to be read later. */
export type AnswerReading = WireReading<SeenAnswer, CallResponse>

/** Puts off the reading of a request. */
export function readRequestLater(
  protocol: Protocol,
  source: () => SentRequest,
  more: Pick<RequestReading, 'rest' | 'isUnread' | 'readAhead' | 'identity'>
): RequestReading {
  const { rest, isUnread, readAhead, identity } = more
  const read = () => readSent(protocol, source())
  return Object.assign(read, { protocol, source, rest, isUnread, readAhead, identity })
}

/** Puts off the reading of an answer. */
export function readAnswerLater(protocol: Protocol, source: () => SeenAnswer): AnswerReading {
  return Object.assign(() => readSeen(protocol, source()), { protocol, source })
}

/** Whether a request or an answer is read from the wire when it is called. */
export function isWireReading(later: Later<CallRequest> | undefined): later is RequestReading
/** See above. */
export function isWireReading(later: Later<CallResponse> | undefined): later is AnswerReading
/** See above. */
export function isWireReading(later: unknown): boolean {
  return typeof later === 'function' && Object.hasOwn(later, 'source')
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
export function readSeen(
  protocol: Protocol,
  seen: Omit<SeenAnswer, 'attempt'>,
  asked?: AskedFacts
): CallResponse {
  const { requestId } = seen
  const response = seen.isError
    ? readErrorBody(protocol, seen.chunks)
    : readAnswer(protocol, { ...seen, asked })
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
    return newDecoder({ fatal: true }).decode(body)
  } catch {
    return body
  }
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
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
