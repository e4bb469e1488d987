import type { BodyChunk } from '../base/bytes.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { CallResponse } from '../record/call-facts.ts'
import type { ResponsePart } from '../record/response-part.ts'
import type { AnswerFacts, SeenAnswer } from '../wire/deferred-reading.ts'
import { framingOf } from '../wire/framing.ts'
import { LongStream } from '../wire/long-stream.ts'

/** So much of an answer is held until its end, in bytes: all of what it says is looked for then. */
const MOST_HELD = 8 * 1024 * 1024

/** So many chunks tell how the events of an answer are told apart, as each has a byte at least. */
const FIRST = 16

const TRUNCATED = { pointer: '/output', what: 'truncated' } as const
const UNREAD = { pointer: '/rest', what: 'unread', reason: 'a stream longer than 8 MiB' } as const
const UNSEEN = { pointer: '/output', what: 'unread', reason: 'read out of sight' } as const

/** A piece of an answer, or what reads it again. */
export type HeldChunk = BodyChunk | (() => Uint8Array)

/**
 * What came of an answer before its end, in bounded memory: of one that is longer than 8 MiB a stream is folded as it
 * comes, and anything else is cut off.
 */
export class ComingAnswer {
  #facts: AnswerFacts | undefined
  #chunks: HeldChunk[] = []
  /** In bytes, or UTF-16 code units. */
  #size = 0
  /** Has the chunks of an answer that is too long to be held. */
  #long: LongStream | undefined
  /** Chunks were left out. */
  #isCut = false

  /** Bytes, or UTF-16 code units, that are held in memory. */
  get held(): number {
    return this.#chunks.reduce(
      (sum, chunk) => sum + (typeof chunk === 'function' ? 0 : chunk.length),
      0
    )
  }

  /** What is known of it beside its body; absent while nothing has come. */
  get facts(): AnswerFacts | undefined {
    return this.#facts
  }

  /** Adds bytes, of which `kept` is held; those of an attempt before the newest are dropped. */
  add(
    facts: AnswerFacts,
    body: readonly BodyChunk[],
    protocol: Protocol | undefined,
    maxLength: number,
    kept: () => readonly HeldChunk[] = () => body
  ): void {
    if (this.#facts?.attempt !== facts.attempt) this.#begin(facts)
    this.#size += body.reduce((sum, { length }) => sum + length, 0)
    if (this.#long) this.#long.add(body)
    else if (this.#size <= MOST_HELD) for (const chunk of kept()) this.#chunks.push(chunk)
    else if (!this.#isCut) this.#addLonger(facts, kept(), protocol, maxLength)
  }

  /**
   * The answer, once it has ended. Never throws.
   *
   * @param rest What came of it last.
   * @param read Reads an answer that is held.
   * @param toPart Puts what is read into the record's form. Never throws.
   */
  response(
    answer: AnswerFacts,
    rest: readonly BodyChunk[],
    read: (seen: SeenAnswer) => CallResponse,
    toPart: (read: () => CallResponse) => ResponsePart
  ): ResponsePart {
    const isSame = this.#facts?.attempt === answer.attempt
    const long = isSame ? this.#long : undefined
    const isLeftOut = isSame && this.#isCut
    const part = toPart(() => {
      if (long) return readLong(long, answer, rest)
      const chunks = isSame ? [...this.#chunks.map(bytesOf), ...(isLeftOut ? [] : rest)] : rest
      return read({ ...answer, chunks, whole: answer.whole && !isLeftOut })
    })
    this.#chunks = []
    const marks = [
      ...(long ? [UNREAD] : []),
      ...(long?.isCut || isLeftOut ? [TRUNCATED] : []),
      ...(answer.isUnseen ? [UNSEEN] : [])
    ]
    return marks.length > 0 ? { ...part, altered: [...part.altered, ...marks] } : part
  }

  #begin(facts: AnswerFacts): void {
    this.#facts = facts
    this.#chunks = []
    this.#size = 0
    this.#long = undefined
    this.#isCut = false
  }

  #addLonger(
    { isError, contentType }: AnswerFacts,
    body: readonly HeldChunk[],
    protocol: Protocol | undefined,
    maxLength: number
  ): void {
    const chunks = this.#chunks
    for (const chunk of body) chunks.push(chunk)
    const framing =
      protocol && !protocol.decode && !isError
        ? framingOf(protocol, contentType, chunks.slice(0, FIRST).map(bytesOf))
        : undefined
    if (protocol && framing) {
      const long = new LongStream(protocol, framing, maxLength)
      long.add(chunks.map(bytesOf))
      this.#long = long
      this.#chunks = []
    } else if (this.#size > MOST_HELD + maxLength) {
      chunks.length -= body.length
      this.#isCut = true
    }
  }
}

function readLong(
  long: LongStream,
  { requestId }: AnswerFacts,
  rest: readonly BodyChunk[]
): CallResponse {
  long.add(rest)
  return { ...(requestId !== undefined && { requestId }), ...long.finish() }
}

function bytesOf(chunk: HeldChunk): BodyChunk {
  return typeof chunk === 'function' ? chunk() : chunk
}
