import { type BodyChunk, decodeText, joinBytes } from '../base/bytes.ts'
import { isObject } from '../base/json.ts'
import { parse as parseJson } from '../base/json-text.ts'
import type { HeaderFields } from '../protocol/header-fields.ts'
import type { Protocol, StreamFault } from '../protocol/protocol.ts'
import { readError } from '../protocol/readers/read-error.ts'
import type { CallResponse } from '../record/call-facts.ts'
import type { CallFacts } from '../record/record.ts'
import { DONE, decodeNdjson } from './decode.ts'
import { faultsOf, foldEvents, malformed } from './fold-events.ts'
import { eventsIn, framingOf } from './framing.ts'
import { withLeftOver } from './left-over.ts'

/** Content types whose bytes are not text. */
const BINARY = /^(audio|image|video)\/|^application\/octet-stream/

/** What of a request says how its client reads the answer. */
export type AskedFacts = Pick<CallFacts, 'stream' | 'client'>

/** A body as far as it arrived. */
export interface Body {
  readonly contentType: string
  /** Those that the protocol names. */
  readonly headers?: HeaderFields | undefined
  readonly chunks: readonly BodyChunk[]
  /** Whether the body arrived to its end. */
  readonly whole: boolean
  /** Whether a stream was asked for, and who asked. */
  readonly asked?: AskedFacts | undefined
}

/** Reads an answer's body by its protocol, folding the events of a streamed one. */
export function readAnswer(protocol: Protocol, body: Body): CallResponse {
  const { contentType, chunks, whole, asked } = body
  const throwsAt = faultsOf(protocol, asked?.client)
  const isText = contentType.includes('json') || contentType.startsWith('text/')
  if (protocol.decode && !isText) {
    return foldEvents(protocol, protocol.decode(joinBytes(chunks)), {
      whole,
      isDone: false,
      throwsAt
    })
  }
  if (BINARY.test(contentType)) {
    return protocol.readResponse(joinBytes(chunks), contentType, body.headers)
  }
  const text = decodeText(chunks)
  const value = contentType.includes('json') ? parse(text) : undefined
  const framing = framingOf(protocol, contentType, chunks)
  const events = value === undefined && framing ? eventsIn(text, framing, whole) : undefined
  const answer = events
    ? foldEvents(protocol, events, { whole, isDone: DONE_LINE.test(text), throwsAt })
    : readWhole(protocol, body, text, value)
  if (!asked?.stream || !whole) return answer
  return asStream(answer, { protocol, throwsAt, text, contentType, isStream: events !== undefined })
}

/** An answer where a stream was asked for. */
interface InPlaceOfStream {
  readonly protocol: Protocol
  readonly throwsAt: readonly StreamFault[]
  readonly contentType: string
  readonly text: string
  /** Whether it is one. */
  readonly isStream: boolean
}

/** An answer as a client met it that looked for a stream: some throw at what is none, others find no event in it. */
function asStream(answer: CallResponse, came: InPlaceOfStream): CallResponse {
  const isCalled = came.contentType.includes('event-stream')
  const throws =
    (came.throwsAt.includes('unstreamed') && !isCalled) || (!came.isStream && throwsAtWhole(came))
  if (throws) return { ...answer, error: answer.error ?? malformed(UNSTREAMED) }
  // That it is no JSON troubles no client that looks for events.
  if (came.isStream || (answer.error && parse(came.text) !== undefined)) return answer
  const { error: _none, ...found } = answer
  return found.finishReasons?.length ? found : { ...found, flaw: 'stream_unended' }
}

const UNSTREAMED = 'a stream was asked for, and the answer is not one'

/** Whether a client throws at an answer in one piece that looks for the end of a stream in it. */
function throwsAtWhole({ protocol, throwsAt, text }: InPlaceOfStream): boolean {
  const { framing, isLast } = protocol
  if (throwsAt.includes('cut')) {
    return text.trim() !== '' && (throwsAt.includes('list') || !Array.isArray(parse(text)))
  }
  if (!throwsAt.includes('unended')) return false
  const events = framing === 'ndjson' ? decodeNdjson(text) : []
  return !events.some((event) => 'data' in event && isLast?.(event.data))
}

/** The end mark of OpenAI-style streams. */
const DONE_LINE = new RegExp(`^data: ?${DONE.replaceAll(/[[\]]/g, '\\$&')}`, 'm')

/** Reads a body in one piece, which is JSON unless its protocol knows texts. */
function readWhole(
  protocol: Protocol,
  { contentType, headers, whole }: Body,
  text: string,
  parsed: unknown
): CallResponse {
  if (protocol.answersText && contentType.startsWith('text/')) return protocol.readResponse(text)
  const value = parsed ?? parse(text)
  if (value === undefined) {
    // What says nothing and promises no JSON, as a status without a body does, troubles no client.
    if (text === '' && contentType === '') return {}
    const kept = text === '' ? {} : { output: text }
    return whole ? { ...kept, error: malformed('the body is not JSON') } : kept
  }
  const response = protocol.readResponse(value, undefined, headers)
  if (saysNothing(response)) return { ...response, output: value }
  return withLeftOver(response, [{ data: value }], [], protocol)
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
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
  const value = parse(text)
  if (value === undefined) return { error: { message: text } }
  const error = readError(isObject(value) ? (value.error ?? value) : value)
  const answer = { ...protocol.readRefusal?.(value), error: error ?? { message: text } }
  return withLeftOver(answer, [{ data: value }], [], protocol)
}
