import { type BodyChunk, decodeText } from '../base/bytes.ts'
import type { Protocol, StreamEvent } from '../protocol/protocol.ts'
import { decodeNdjson, decodeServerSentEvents } from './decode.ts'

/** How a streamed body tells its events apart. */
export type Framing = 'sse' | 'ndjson'

/** The longest beginning that tells of server-sent events: a mark of the byte order, and the name of a field. */
const BEGINNING = 16

/** A body that begins with a field or a comment of server-sent events. */
const BEGINS_SSE = /^\uFEFF?\s*(data|event|id|retry)?:/

/** A field or a comment of a server-sent event stream. */
const SSE_LINE = /^\uFEFF?(data|event|id|retry)?:/m

/**
 * How the events of a body are told apart, by its content type or else its protocol. Some servers call a
 * stream JSON, and clients read it all the same: `chunks`, as far as they came, tell then.
 */
export function framingOf(
  protocol: Protocol,
  contentType: string,
  chunks: readonly BodyChunk[]
): Framing | undefined {
  if (contentType.includes('text/event-stream')) return 'sse'
  if (contentType.includes('ndjson') || contentType.includes('jsonl')) return 'ndjson'
  if (!contentType.includes('json')) return protocol.framing
  if (BEGINS_SSE.test(beginningOf(chunks))) return 'sse'
  return protocol.framing === 'ndjson' ? 'ndjson' : undefined
}

function beginningOf(chunks: readonly BodyChunk[]): string {
  const first: BodyChunk[] = []
  let length = 0
  for (const chunk of chunks) {
    first.push(chunk.slice(0, BEGINNING))
    length += chunk.length
    if (length >= BEGINNING) break
  }
  return decodeText(first)
}

/**
 * The events of a body; `undefined` where it has not the form that it announced, or its protocol takes for
 * granted: proxies put pages and JSON in the place of streams.
 */
export function eventsIn(
  text: string,
  framing: Framing,
  whole: boolean
): StreamEvent[] | undefined {
  const isEmpty = text.trim() === ''
  if (framing === 'sse') {
    return isEmpty || SSE_LINE.test(text) ? decodeServerSentEvents(text) : undefined
  }
  const events = decodeNdjson(text)
  return isEmpty || !whole || events.some((event) => 'data' in event) ? events : undefined
}

/** How the events of a body are told apart while it comes. */
export class BodyFraming {
  readonly #protocol: Protocol | undefined
  readonly #contentType: string
  #bytes = 0
  #now: Framing | undefined

  constructor(protocol?: Protocol, contentType = '') {
    this.#protocol = protocol
    this.#contentType = contentType
    this.#now = protocol && framingOf(protocol, contentType, [])
  }

  /** As far as is known. */
  get now(): Framing | undefined {
    return this.#now
  }

  /** A chunk came, the last of `chunks`: the beginning of a body may say more than its content type. */
  came(chunk: BodyChunk, chunks: readonly BodyChunk[]): void {
    if (this.#protocol && this.#bytes < BEGINNING) {
      this.#now = framingOf(this.#protocol, this.#contentType, chunks)
    }
    this.#bytes += chunk.length
  }
}
