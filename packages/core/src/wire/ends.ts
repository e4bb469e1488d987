import { type BodyChunk, decodeText, joinBytes } from '../base/bytes.ts'
import { isObject } from '../base/json.ts'
import { parse } from '../base/json-text.ts'
import type { Protocol, StreamEvent } from '../protocol/protocol.ts'
import { DONE, type Message, readMessages } from './decode.ts'
import { faultsOf, isHeard } from './fold-events.ts'
import type { Framing } from './framing.ts'

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
 * Whether an event of the chunks is one at which clients throw: it tells of an error, in the shapes that servers share
 * or in that of the protocol, or is no JSON. They drop the rest then, as consumers do that stop.
 */
export function holdsError(
  protocol: Protocol,
  chunks: readonly BodyChunk[],
  framing: Framing | undefined
): boolean {
  if (protocol.decode) {
    const events = protocol.decode(joinBytes(chunks))
    // Of chunks that begin inside of an event nothing can be read: that is no fault of theirs.
    return events.length > 1 && events.some((event) => 'malformed' in event)
  }
  const messages = messagesIn(chunks, framing)
  // Lines may be those of one JSON text, in the place of a stream.
  return framing === 'sse'
    ? messages.some((message) => tellsError(protocol, message) || isBroken(protocol, message))
    : tellsError(protocol, messages.at(-1))
}

function tellsError(protocol: Protocol, message: Message | undefined): boolean {
  const event = message && eventOf(message)
  if (event === undefined) return false
  const { data, name } = event
  if (name === 'error' || (isObject(data) && Boolean(data.error))) return true
  try {
    return protocol.finish(protocol.step(protocol.start(), data, name)).error !== undefined
  } catch {
    // Reading the answer meets it again, and marks it.
    return false
  }
}

/** Whether a message that came whole is no JSON, and clients throw at such. */
function isBroken(protocol: Protocol, { data, name, isCut, isOutside }: Message): boolean {
  if (isCut || isOutside || data === '' || data.startsWith(DONE)) return false
  if (!isHeard(protocol, { name })) return false
  if (name !== 'error' && !faultsOf(protocol, undefined).includes('malformed')) return false
  return eventOf({ data }) === undefined
}

/** What tells of an answer's end: messages, lines, or the whole body. */
function messagesIn(chunks: readonly BodyChunk[], framing: Framing | undefined): Message[] {
  const text = decodeText(chunks)
  if (framing === 'sse') return readMessages(text)
  return (framing === 'ndjson' ? text.split('\n') : [text]).map((data) => ({ data }))
}

type WholeEvent = Extract<StreamEvent, { readonly data: unknown }>

function eventOf({ data, name }: Message): WholeEvent | undefined {
  if (!mayBeJson(data)) return undefined
  try {
    const parsed: unknown = parse(data)
    return name === undefined ? { data: parsed } : { data: parsed, name }
  } catch {
    return undefined
  }
}

/** The first and the last character of JSON: of objects, lists, texts, numbers, `true` or `false`, and `null`. */
const ENDS = /^(?:\{\}|\[\]|""|[-\d]\d|[tf]e|nl)$/

/** Whether a text can be JSON, by its ends: of an answer on many lines hardly one is, and an error for each is dear. */
function mayBeJson(text: string): boolean {
  const trimmed = text.trim()
  return ENDS.test(`${trimmed.at(0)}${trimmed.at(-1)}`)
}

function isLast(protocol: Protocol, { data, name }: WholeEvent, asked: () => unknown): boolean {
  try {
    return protocol.isLast?.(data, name, asked) ?? false
  } catch {
    return false
  }
}
