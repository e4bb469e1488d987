import type { BodyChunk } from '../base/bytes.ts'
import { newDecoder } from '../base/bytes.ts'
import { isObject } from '../base/json.ts'
import { stringify } from '../base/json-text.ts'
import type { Protocol, StreamEvent } from '../protocol/protocol.ts'
import { readError } from '../protocol/readers/read-error.ts'
import type { CallResponse } from '../record/call-facts.ts'
import { decodeNdjson, decodeServerSentEvents } from './decode.ts'
import { KeptEnd } from './kept-end.ts'

/** So many events at the end are read of a stream that says too much: they tell how it ended. */
const LAST_EVENTS = 8

/** Most of the length of an event, in UTF-16 code units, that is taken for no part of what it says. */
const MOST_BESIDE = 1_024

/** So much longer than the answer may be one event of it, in UTF-16 code units, which is held until its end. */
const MOST_MORE = 8 * 1024 * 1024

/**
 * So much is taken at a time, in bytes or UTF-16 code units. Longer texts lie beside the young ones in V8's heap, where they
 * stay for long after they are of no use.
 */
const STEP = 64 * 1024

/** Where an event ends. */
const END = { sse: /\r\n\r\n|\n\n|\r\r/g, ndjson: /\n/g } as const

/** Of the ends of events, in UTF-16 code units, without its last one. */
const LONGEST_MARK = 3

/**
 * Folds a stream while it comes, where it is too long to be held until its end: what is held is the answer
 * that the events make, and of that no more than a content may have.
 */
export class LongStream {
  readonly #protocol: Protocol
  readonly #framing: keyof typeof END
  readonly #limit: number
  readonly #decoder = newDecoder()
  #state: unknown
  /** What came of an event that has not ended, and its length. */
  #open: string[] = []
  #length = 0
  /** The end of what is open, in which an end of the event may have begun. */
  #tail = ''
  /** The event that is open is too long, and is left out. */
  #isLeftOut = false
  #events = 0
  /** Length of short events, which is what all have beside what they say. */
  #least = MOST_BESIDE
  #said = 0
  /** The end of what is too much. */
  #end: KeptEnd | undefined
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
    let texts: string[] = []
    let size = 0
    for (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += STEP) {
        const piece =
          typeof chunk === 'string'
            ? chunk.slice(from, from + STEP)
            : chunk.subarray(from, from + STEP)
        if (size + piece.length > STEP) {
          this.#add(texts.join(''))
          texts = []
          size = 0
        }
        texts.push(
          typeof piece === 'string' ? piece : this.#decoder.decode(piece, { stream: true })
        )
        size += piece.length
      }
    }
    this.#add(texts.join(''))
  }

  #add(more: string): void {
    // What is open has no end of an event in it, but may have the beginning of one.
    const before = this.#tail
    const text = before + more
    let [first, end] = [0, 0]
    for (const { index, 0: mark } of text.matchAll(END[this.#framing])) {
      end = index + mark.length
      first ||= end
    }
    if (end === 0) {
      this.#hold(text.slice(before.length))
      return
    }
    const from = this.#isLeftOut ? first : before.length
    this.#take(this.#release() + text.slice(from, end))
    this.#hold(text.slice(end))
  }

  /** The answer. Throws what the protocol threw. */
  finish(): CallResponse {
    const rest = this.#isLeftOut ? '' : this.#decoder.decode()
    this.#take(this.#release() + rest)
    const last = this.#end ? this.#eventsIn(this.#end.text).slice(-LAST_EVENTS) : []
    for (const event of last) this.#step(event)
    if (this.#failure) throw this.#failure.cause
    const answer = this.#protocol.finish(this.#state)
    const error = answer.error ?? this.#error
    return { ...answer, ...(error && { error }), events: this.#events }
  }

  /** Holds a piece of an event that has not ended; of one that is too long nothing. */
  #hold(text: string): void {
    this.#tail = (this.#tail + text).slice(-LONGEST_MARK)
    this.#length += text.length
    if (this.#length <= this.#limit + MOST_MORE) this.#open.push(text)
    else {
      this.#open = []
      this.#isLeftOut = true
    }
  }

  /** What is held, which ends here. */
  #release(): string {
    const open = this.#open.join('')
    if (this.#isLeftOut) this.#said += this.#length
    this.#open = []
    this.#tail = ''
    this.#length = 0
    this.#isLeftOut = false
    return open
  }

  #take(text: string): void {
    const events = this.#eventsIn(text)
    if (events.length === 0) return
    this.#events += events.length
    const each = text.length / events.length
    this.#least = Math.min(this.#least, each)
    this.#said += (each - this.#least) * events.length
    if (!this.isCut) for (const event of events) this.#step(event)
    else {
      this.#end ??= new KeptEnd()
      this.#end.add(text)
    }
  }

  #eventsIn(text: string): StreamEvent[] {
    return this.#framing === 'sse' ? decodeServerSentEvents(text) : decodeNdjson(text)
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
      message: stringify(data)
    }
  }
}
