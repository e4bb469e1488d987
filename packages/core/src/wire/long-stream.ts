import type { BodyChunk } from '../base/bytes.ts'
import { isObject } from '../base/json.ts'
import type { Protocol, StreamEvent } from '../protocol/protocol.ts'
import { readError } from '../protocol/readers/read-error.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { decodeNdjson, decodeServerSentEvents } from './decode.ts'

/** So many events at the end are read of a stream that says too much: they tell how it ended. */
const LAST_EVENTS = 8

/** Most of the length of an event, in UTF-16 code units, that is taken for no part of what it says. */
const MOST_BESIDE = 1_024

/** Where an event ends. */
const END = { sse: /\r\n\r\n|\n\n|\r\r/g, ndjson: /\n/g } as const

/**
 * Folds a stream while it comes, where it is too long to be held until its end: what is held is the answer
 * that the events make, and of that no more than a content may have.
 */
export class LongStream {
  readonly #protocol: Protocol
  readonly #framing: keyof typeof END
  readonly #limit: number
  readonly #decoder = new TextDecoder()
  #state: unknown
  /** What came of an event that has not ended. */
  #open = ''
  #events = 0
  /** Length of short events, which is what all have beside what they say. */
  #least = MOST_BESIDE
  #said = 0
  #last: StreamEvent[] = []
  #error: CallResponse['error']
  #failure: { readonly cause: unknown } | undefined

  /** @param limit Most UTF-16 code units of the answer, about. */
  constructor(protocol: Protocol, framing: keyof typeof END, limit: number) {
    this.#protocol = protocol
    this.#framing = framing
    this.#limit = limit
    this.#state = protocol.start()
  }

  /** Whether some of what the stream said is left out. */
  get isCut(): boolean {
    return this.#said > this.#limit
  }

  add(chunks: readonly BodyChunk[]): void {
    let text = this.#open
    for (const chunk of chunks) {
      text += typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })
    }
    let end = 0
    for (const { index, 0: mark } of text.matchAll(END[this.#framing])) end = index + mark.length
    this.#open = text.slice(end)
    this.#take(text.slice(0, end))
  }

  /** The answer. Throws what the protocol threw. */
  finish(): CallResponse {
    this.#take(this.#open + this.#decoder.decode())
    for (const event of this.#last) this.#step(event)
    if (this.#failure) throw this.#failure.cause
    const answer = this.#protocol.finish(this.#state)
    const error = answer.error ?? this.#error
    return { ...answer, ...(error && { error }), events: this.#events }
  }

  #take(text: string): void {
    const isSse = this.#framing === 'sse'
    const events = isSse ? decodeServerSentEvents(text) : decodeNdjson(text)
    if (events.length === 0) return
    this.#events += events.length
    const each = text.length / events.length
    this.#least = Math.min(this.#least, each)
    this.#said += (each - this.#least) * events.length
    for (const event of events) {
      if (!this.isCut) this.#step(event)
      else if (this.#last.push(event) > LAST_EVENTS) this.#last.shift()
    }
  }

  #step(event: StreamEvent): void {
    if (!('data' in event) || this.#failure) return
    const { data, name } = event
    try {
      this.#state = this.#protocol.step(this.#state, data, name)
    } catch (cause) {
      this.#failure = { cause }
    }
    if (name !== 'error') return
    this.#error ??= readError(isObject(data) ? (data.error ?? data) : data) ?? {
      message: JSON.stringify(data)
    }
  }
}
