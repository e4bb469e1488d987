import {
  DONE,
  decodeNdjson,
  decodeServerSentEvents,
  decodeText,
  joinBytes,
  type StreamEvent
} from './decode.ts'
import type { HeaderFields } from './header-fields.ts'
import { isObject } from './json.ts'
import type { CallResponse, Protocol } from './protocol.ts'
import { readError } from './read-error.ts'
import type { BodyChunk } from './tap-stream.ts'

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
  const isJson = body.contentType.includes('json')
  if (protocol.decode && !isJson) return fold(protocol, protocol.decode(joinBytes(body.chunks)))
  if (BINARY.test(body.contentType)) {
    return protocol.readResponse(joinBytes(body.chunks), body.contentType, body.headers)
  }
  const text = decodeText(body.chunks)
  const framing = framingOf(protocol, body.contentType)
  if (framing === 'sse') return fold(protocol, decodeServerSentEvents(text))
  if (framing === 'ndjson') return fold(protocol, decodeNdjson(text))
  if (protocol.answersText && body.contentType.startsWith('text/'))
    return protocol.readResponse(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const kept = text === '' ? {} : { output: text }
    return body.whole ? { ...kept, error: malformed('the body is not JSON') } : kept
  }
  return protocol.readResponse(value, undefined, body.headers)
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
 * Whether the chunks end with the last event: the end mark of OpenAI-style streams, or what the
 * protocol calls last. Clients may stop reading there although the stream goes on.
 */
export function endsWithLast(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  asked: () => unknown
): boolean {
  try {
    if (protocol.decode) return isLast(protocol, protocol.decode(joinBytes(chunks)).at(-1), asked)
    const { data, name } = lastOf(chunks)
    if (data === DONE) return true
    return protocol.isLast?.(JSON.parse(data), name, asked) ?? false
  } catch {
    return false
  }
}

/**
 * Whether the chunks end with an event that tells of an error, in the shapes that servers share. Clients
 * throw it then and drop the rest, as consumers do that stop.
 */
export function endsWithError(protocol: Protocol, chunks: readonly BodyChunk[]): boolean {
  if (protocol.decode) return false
  try {
    const { data, name } = lastOf(chunks)
    const event: unknown = JSON.parse(data)
    const error = isObject(event) ? event.error : undefined
    return name === 'error' || (error !== undefined && error !== null)
  } catch {
    return false
  }
}

/** The data of the last event as text, and its name. */
function lastOf(chunks: readonly BodyChunk[]): { data: string; name: string | undefined } {
  const text = decodeText(chunks).trimEnd()
  const from = text.lastIndexOf('\n') + 1
  const lineBefore = text.slice(text.lastIndexOf('\n', from - 2) + 1, from).trimEnd()
  return {
    data: text.slice(from).replace(/^data: ?/, ''),
    name: /^event: ?(.*)$/.exec(lineBefore)?.[1]
  }
}

function isLast(protocol: Protocol, event: StreamEvent | undefined, asked: () => unknown): boolean {
  if (event === undefined || 'malformed' in event) return false
  return protocol.isLast?.(event.data, event.name, asked) ?? false
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
