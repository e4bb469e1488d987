import { type BodyChunk, exactText, joinBytes } from '../base/bytes.ts'
import type { Hash } from '../base/sha256.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { ContentLimits } from '../record/contents.ts'
import type { Alteration } from '../record/record.ts'
import { type RequestPart, readRequestPart } from '../record/request-part.ts'
import { type ResponsePart, readResponsePart } from '../record/response-part.ts'
import type { BodyData } from '../streams/request-body.ts'
import { type AnswerFacts, readSeen, readSent, type SeenAnswer } from '../wire/deferred-reading.ts'
import type { AskedFacts } from '../wire/read-answer.ts'
import { readMultipart } from '../wire/read-multipart.ts'
import { AnswerRoom } from './answer-room.ts'
import type { EndedFacts, LogFacts, PartFacts, WireFacts } from './frame-facts.ts'
import { unpackRequest, unpackResponse } from './packed-parts.ts'
import type { ReadCall } from './read-call.ts'
import { bodyOf, contentOf, type ReadableFrame } from './readable-frame.ts'

/** What reading calls needs of the thread that does it. */
export interface Reading {
  readonly sha256: Hash | undefined
  /** The protocol of this name that `module` exports, where the thread has it. */
  protocol(module: string, name: string): Protocol | undefined
}

const LOST = { pointer: '/output', what: 'unread', reason: 'there was no room for it' } as const
const CUT = { pointer: '/input', what: 'unread', reason: 'not all of the request came' } as const
const UNREAD = {
  pointer: '/input',
  what: 'unread',
  reason: 'the body was not read'
} as const
const NO_ROOM = { what: 'unread', reason: 'there was no room for a part of it' } as const

/** Reads requests and answers from the facts and bodies of frames. */
export class PartReader {
  readonly #reading: Reading
  readonly #room = new AnswerRoom()

  constructor(reading: Reading) {
    this.#reading = reading
  }

  limits({ maxLength, media }: LogFacts): ContentLimits {
    return { maxLength, media, sha256: this.#reading.sha256 }
  }

  /** The request of a call, once all of it has come. Never throws. */
  request(call: ReadCall, body: readonly BodyChunk[]): RequestPart {
    return marked(this.#request(call, body), [
      ...(call.facts.isUnread ? [UNREAD] : []),
      ...(call.isCut || call.isLeft ? [CUT] : []),
      ...(call.torn.has('request') ? [{ pointer: '/input', ...NO_ROOM }] : [])
    ])
  }

  #request(call: ReadCall, body: readonly BodyChunk[]): RequestPart {
    const { wire, packed } = call
    if (packed) return unpackRequest(packed, exactText(body), call.requestMedia)
    return readRequestPart(() => {
      if (!wire) throw new TypeError('the frame has no request')
      return this.#sent(wire, wholeOf(body, !call.isCut))
    }, call.limits)
  }

  /** The answer of a call that ended. Never throws. */
  response(call: ReadCall, ended: EndedFacts, rest: readonly BodyChunk[]): ResponsePart {
    const isTorn = ended.isTorn || call.torn.has('answer')
    const part = this.#response(call, ended, rest)
    return marked(part, isTorn ? [{ pointer: '/output', ...NO_ROOM }] : [])
  }

  #response(call: ReadCall, ended: EndedFacts, rest: readonly BodyChunk[]): ResponsePart {
    const { response, answer, error } = ended
    if (response) return unpackResponse(response, exactText(rest), call.answerMedia)
    if (!answer) {
      const part = readResponsePart(undefined, error?.text, call.limits)
      return marked(part, ended.isLost ? [LOST] : [])
    }
    const wire = call.wire ?? ended.wire
    const read = (seen: SeenAnswer) => this.#seen(wire, seen, call.request?.call.value)
    return call.answer.response(answer, rest, read, (later) =>
      readResponsePart(later, error?.text, call.limits)
    )
  }

  /** Adds what came of the request or the answer of a call, one of `calls`, that is still coming. */
  add(
    call: ReadCall,
    { of, content, answer, isTorn }: PartFacts,
    frame: ReadableFrame,
    calls: ReadonlyMap<string, ReadCall>
  ): void {
    if (isTorn) call.torn.add(of ?? 'answer')
    if (content) {
      const media = of === 'request' ? call.requestMedia : call.answerMedia
      media.push(contentOf(content, bodyOf(frame)))
    } else if (of === 'request') call.requestChunks.push(...bodyOf(frame))
    else if (answer) this.#addAnswer(call, answer, frame, calls)
  }

  /** Bytes of an attempt before the newest are dropped. */
  #addAnswer(
    call: ReadCall,
    facts: AnswerFacts,
    frame: ReadableFrame,
    calls: ReadonlyMap<string, ReadCall>
  ): void {
    const protocol = call.wire && this.#protocolOf(call.wire)
    const answers = () => new Set(Array.from(calls.values(), ({ answer }) => answer))
    call.answer.add(facts, bodyOf(frame), protocol, call.limits.maxLength, () =>
      this.#room.place(frame, answers)
    )
  }

  #sent(wire: WireFacts, body: BodyData) {
    const protocol = this.#protocolOf(wire)
    return readSent(protocol ?? unknownProtocol(wire.protocol), { ...wire, body })
  }

  #seen(wire: WireFacts | undefined, seen: SeenAnswer, asked: AskedFacts | undefined) {
    const protocol = wire && this.#protocolOf(wire)
    return readSeen(protocol ?? unknownProtocol(wire?.protocol ?? ''), seen, asked)
  }

  #protocolOf({ module, protocol }: WireFacts): Protocol | undefined {
    return module === undefined ? undefined : this.#reading.protocol(module, protocol)
  }
}

/** A part of a record with marks of what is missing in it. */
function marked<Part extends Pick<RequestPart, 'altered'>>(
  part: Part,
  marks: readonly Alteration[]
): Part {
  return marks.length > 0 ? { ...part, altered: [...part.altered, ...marks] } : part
}

/**
 * The body that came in chunks; texts stay texts. Of one that is not whole, a form has the fields that came,
 * and anything else is unknown.
 */
export function wholeOf(chunks: readonly BodyChunk[], isWhole: boolean): BodyData {
  const [first] = chunks
  if (first === undefined) return undefined
  const body = chunks.length === 1 ? first : joinBytes(chunks)
  if (isWhole) return body
  const isForm = body instanceof Uint8Array && readMultipart(body) !== undefined
  return isForm ? body : undefined
}

/** Stands in for a protocol that cannot be found here any more: what came is kept as it is. */
function unknownProtocol(name: string): Protocol {
  return {
    name,
    matches: () => false,
    readRequest: (input) => ({ operation: 'unknown', provider: 'unknown', input }),
    readResponse: (output) => ({ output }),
    start: () => [] as unknown[],
    step(events, event) {
      ;(events as unknown[]).push(event)
      return events
    },
    finish: (output) => ({ output })
  }
}
