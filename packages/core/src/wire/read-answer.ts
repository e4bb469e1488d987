import { type BodyChunk, decodeText, joinBytes } from '../base/bytes.ts'
import { isObject } from '../base/json.ts'
import type { HeaderFields } from '../protocol/header-fields.ts'
import type { Protocol, StreamEvent } from '../protocol/protocol.ts'
import { readError } from '../protocol/readers/read-error.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { DONE, decodeNdjson, decodeServerSentEvents, type Message, readMessages } from './decode.ts'

/** Content types whose bytes are no text. */
const BINARY = /^(audio|image|video)\/|^application\/octet-stream/

/** How a streamed body tells its events apart. */
export type Framing = 'sse' | 'ndjson'

/** A body as far as it arrived. */
export interface Body {
  readonly contentType: string
  /** Those that the protocol names. */
  readonly headers?: HeaderFields | undefined
  readonly chunks: readonly BodyChunk[]
  /** Whether the body arrived to its end. */
  readonly whole: boolean
}

/** Reads an answer's body by its protocol, folding the events of a streamed one. */
export function readAnswer(protocol: Protocol, body: Body): CallResponse {
  const isText = body.contentType.includes('json') || body.contentType.startsWith('text/')
  if (protocol.decode && !isText) return fold(protocol, protocol.decode(joinBytes(body.chunks)))
  if (BINARY.test(body.contentType)) {
    return protocol.readResponse(joinBytes(body.chunks), body.contentType, body.headers)
  }
  const text = decodeText(body.chunks)
  const framing = framingOf(protocol, body.contentType)
  const events = framing && eventsIn(text, framing, body.whole)
  if (events) return fold(protocol, events)
  if (protocol.answersText && body.contentType.startsWith('text/'))
    return protocol.readResponse(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const kept = text === '' ? {} : { output: text }
    return body.whole ? { ...kept, error: malformed('the body is not JSON') } : kept
  }
  const response = protocol.readResponse(value, undefined, body.headers)
  return saysNothing(response) ? { ...response, output: value } : response
}

/** Whether a protocol found nothing that it knows: the body is then the answer as it is. */
function saysNothing(response: CallResponse): boolean {
  return Object.values(response).every(
    (member) => member === undefined || (Array.isArray(member) && member.length === 0)
  )
}

/**
 * Reads the body of a response whose status says error: what `error` holds, or else the body
 * itself, in the shapes of `readError`, and what the protocol reads beside that.
 */
export function readErrorBody(protocol: Protocol, chunks: readonly BodyChunk[]): CallResponse {
  const text = decodeText(chunks)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { error: { message: text } }
  }
  const error = readError(isObject(value) ? (value.error ?? value) : value)
  return { ...protocol.readRefusal?.(value), error: error ?? { message: text } }
}

/**
 * The events of a body; `undefined` where it has not the form that it announced, or its protocol takes for
 * granted: proxies put pages and JSON in the place of streams.
 */
function eventsIn(text: string, framing: Framing, whole: boolean): StreamEvent[] | undefined {
  const isEmpty = text.trim() === ''
  if (framing === 'sse') {
    return isEmpty || SSE_LINE.test(text) ? decodeServerSentEvents(text) : undefined
  }
  const events = decodeNdjson(text)
  return isEmpty || !whole || events.some((event) => 'data' in event) ? events : undefined
}

/** A field or a comment of a server-sent event stream. */
const SSE_LINE = /^\uFEFF?(data|event|id|retry)?:/m

/**
 * Whether the last event is among those that the chunks hold: the end mark of OpenAI-style streams, or what the
 * protocol calls last. Clients may stop reading there although the stream goes on.
 */
export function endsWithLast(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  framing: Framing | undefined,
  asked: () => unknown
): boolean {
  if (protocol.decode) {
    const event = protocol.decode(joinBytes(chunks)).at(-1)
    return event !== undefined && 'data' in event && isLast(protocol, event, asked)
  }
  return messagesIn(chunks, framing).some((message) => {
    if (message.data === DONE) return true
    const event = eventOf(message)
    return event !== undefined && isLast(protocol, event, asked)
  })
}

/**
 * Whether the last event that the chunks hold tells of an error, in the shapes that servers share or in that
 * of the protocol. Clients throw it then and drop the rest, as consumers do that stop.
 */
export function endsWithError(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  framing: Framing | undefined
): boolean {
  if (protocol.decode) return false
  const message = messagesIn(chunks, framing).at(-1)
  const event = message && eventOf(message)
  if (event === undefined) return false
  const { data, name } = event
  const error = isObject(data) ? data.error : undefined
  if (name === 'error' || (error !== undefined && error !== null)) return true
  try {
    return protocol.finish(protocol.step(protocol.start(), data, name)).error !== undefined
  } catch {
    // Reading the answer meets it again, and marks it.
    return false
  }
}

/** What tells of an answer's end: messages, lines, or the whole body. */
function messagesIn(chunks: readonly BodyChunk[], framing: Framing | undefined): Message[] {
  const text = decodeText(chunks)
  if (framing === 'sse') return readMessages(text)
  return (framing === 'ndjson' ? text.split('\n') : [text]).map((data) => ({ data }))
}

function eventOf({ data, name }: Message): WholeEvent | undefined {
  try {
    const parsed: unknown = JSON.parse(data)
    return name === undefined ? { data: parsed } : { data: parsed, name }
  } catch {
    return undefined
  }
}

type WholeEvent = Exclude<StreamEvent, { malformed: string }>

function isLast(protocol: Protocol, { data, name }: WholeEvent, asked: () => unknown): boolean {
  try {
    return protocol.isLast?.(data, name, asked) ?? false
  } catch {
    return false
  }
}

function fold(protocol: Protocol, events: readonly StreamEvent[]): CallResponse {
  let state = protocol.start()
  let bad: string | undefined
  for (const event of events) {
    if ('malformed' in event) bad ??= event.malformed
    else state = protocol.step(state, event.data, event.name)
  }
  const answer = protocol.finish(state)
  if (bad === undefined || answer.error) return answer
  return { ...answer, error: malformed(`an event of the stream is not JSON: ${bad}`) }
}

function malformed(message: string): NonNullable<CallResponse['error']> {
  return { type: 'malformed_response', message }
}

/** How the events of a body are told apart, by its content type or else its protocol. */
export function framingOf(protocol: Protocol, contentType: string): Framing | undefined {
  if (contentType.includes('text/event-stream')) return 'sse'
  if (contentType.includes('ndjson') || contentType.includes('jsonl')) return 'ndjson'
  return contentType.includes('json') ? undefined : protocol.framing
}
