import type { BodyChunk } from '../base/bytes.ts'
import { now } from '../base/clock.ts'
import { messageOf } from '../base/error.ts'
import type { CallRecording } from '../call/call.ts'
import type { Ending } from '../call/ending.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { AskedTool, CallRequest } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import { outcomeOfError } from '../record/outcome.ts'
import type { ModelIdentity } from '../record/record.ts'
import { readRequestPart } from '../record/request-part.ts'
import { type ResponsePart, readResponsePart } from '../record/response-part.ts'
import type { BodyData, BodyPieces } from '../streams/request-body.ts'
import {
  type AnswerFacts,
  isWireReading,
  type RequestReading,
  readSeen,
  readSent,
  type SeenAnswer
} from '../wire/deferred-reading.ts'
import type { AskedFacts } from '../wire/read-answer.ts'
import { ComingAnswer } from './coming-answer.ts'
import { type Frame, type FrameKind, metaOf } from './frame.ts'
import type { EndedFacts, OpenedFacts, PartFacts } from './frame-facts.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { OpenedCall } from './opened-call.ts'
import { packRequest, packResponse } from './packed-parts.ts'
import { wholeOf } from './part-reader.ts'
import { RequestRest } from './request-rest.ts'

/** The facts of a frame that are its own, not shared. */
type Own<Facts> = Omit<Facts, 'log' | 'wire' | 'context' | 'system'>

/** Makes the frames of one call, each when the thing happens. None of it throws. */
export class CallFrames implements CallRecording {
  readonly #writer: FrameWriter
  readonly #auditId: string
  readonly #shared: readonly string[]
  /** Where whoever reads the frames finds the protocol; absent where the call is read here. */
  readonly #module: string | undefined
  readonly #protocol: Protocol | undefined
  #identity: (() => ModelIdentity | undefined) | undefined
  /** Whether whoever reads the frames reads the call, too. */
  readonly #isRaw: boolean
  #rest: RequestRest | undefined
  #asked = 0
  #ended: number | undefined
  /** What came of the answer, where that is read here. */
  readonly #came = new ComingAnswer()
  /** What was asked, where that is read here. */
  #request: AskedFacts | undefined
  /** Of what a part found no room. */
  readonly #torn = new Set<'request' | 'answer'>()

  constructor(writer: FrameWriter, opened: OpenedCall, request: Later<CallRequest>) {
    const { texts } = writer
    const wire = isWireReading(request) ? request : undefined
    const { context } = opened.scope
    this.#writer = writer
    this.#auditId = opened.auditId
    this.#protocol = wire?.protocol
    this.#module = wire && writer.moduleOf(wire.protocol)
    this.#isRaw = this.#module !== undefined
    this.#identity = wire?.identity
    this.#shared = [
      texts.log,
      ...(wire ? [texts.wire(wire, this.#module)] : []),
      ...(context ? [texts.context(context)] : [])
    ]
    if (wire && (wire.rest || this.#isRaw)) this.#openWire(opened, wire)
    else this.#openRead(opened, request)
  }

  /** Whether bytes of the answer are taken before its end. */
  get takesParts(): boolean {
    return this.#protocol !== undefined && this.#asked > 0
  }

  openedKept(): Promise<void> | undefined {
    if (this.#rest) return this.#rest.held.then(() => this.#writer.kept(this.#asked))
    return this.#writer.kept(this.#asked)
  }

  endedKept(): Promise<void> | undefined {
    return this.#ended === undefined ? undefined : this.#writer.kept(this.#ended)
  }

  asks(asks: readonly AskedTool[]): void {
    this.#append('part', now(), [], () => ({ asks }), [])
  }

  part(answer: AnswerFacts, body: readonly BodyChunk[]): void {
    if (this.#isRaw) this.#part({ answer }, body)
    else this.#came.add(answer, body, this.#protocol, this.#writer.limits.maxLength)
  }

  ended(ending: Ending): void {
    const { response } = ending
    const source = isWireReading(response) && this.#isRaw ? response.source() : undefined
    if (source) {
      const { chunks, ...answer } = source
      this.#appendEnd(ending, { answer }, chunks)
    } else this.#endRead(ending)
    // What has not come of the request by now is waited for only a while.
    if (this.#rest) this.#writer.giveUpLater(this.#rest)
  }

  #openWire(opened: OpenedCall, wire: RequestReading): void {
    const { rest } = wire
    const { body } = wire.source()
    this.#asked = this.#append(
      'opened',
      opened.openedAt,
      rest || body === undefined ? [] : [body],
      () => ({ ...this.#openedFacts(opened), ...restOf(wire) }),
      [...this.#shared, this.#writer.texts.system(opened.system)]
    )
    if (rest) this.#follow(wire, rest)
  }

  #openRead(opened: OpenedCall, request: Later<CallRequest>): void {
    const part = readRequestPart(request, this.#writer.limits)
    if (!this.#protocol) this.#writer.omitted(part.altered)
    this.#identity ??= part.identity
    this.#request = part.call.value
    const { facts, body, media } = packRequest(part)
    const rest = isWireReading(request) ? restOf(request) : {}
    const isContinued = media.length > 0 && { isContinued: true as const }
    this.#asked = this.#append(
      'opened',
      opened.openedAt,
      body,
      () => ({ ...this.#openedFacts(opened), request: facts, ...rest, ...isContinued }),
      [...this.#shared, this.#writer.texts.system(opened.system)]
    )
    for (const content of media) this.#part({ of: 'request', content }, [content.body])
    if (isContinued) this.#lastPart({})
  }

  #endRead(ending: Ending): void {
    const part = this.#answerOf(ending)
    if (!this.#protocol) this.#writer.omitted(part.altered)
    const { facts, body, media } = packResponse(part)
    for (const content of media) this.#part({ content }, [content.body])
    this.#appendEnd(ending, { response: facts }, body)
  }

  #answerOf(ending: Ending): ResponsePart {
    const { response } = ending
    const { limits } = this.#writer
    const toPart = (later: typeof response) => readResponsePart(later, textOf(ending), limits)
    if (!isWireReading(response)) return toPart(response)
    const { chunks, ...answer } = response.source()
    const read = (seen: SeenAnswer) => readSeen(response.protocol, seen, this.#request)
    return this.#came.response(answer, chunks, read, toPart)
  }

  /** Appends what is still to come of a request when it comes. */
  #follow(wire: RequestReading, pieces: BodyPieces): void {
    const kept: BodyChunk[] | undefined = this.#isRaw ? undefined : []
    const rest = new RequestRest(pieces, (piece) => {
      if (kept) kept.push(piece)
      else this.#part({ of: 'request' }, [piece])
    })
    this.#rest = rest
    const ended = rest.done.then((isWhole) => {
      this.#rest = undefined
      const end: PartFacts = isWhole ? {} : { isCut: true }
      if (kept) this.#readLate(wire, wholeOf(kept, isWhole), end)
      else this.#asked = this.#lastPart(end)
    })
    // What cannot be read is told; the request ends with what there is.
    const done = ended.catch((cause: unknown) => {
      this.#asked = this.#lastPart({ isCut: true })
      throw cause
    })
    this.#writer.follow(rest, done)
  }

  #readLate(wire: RequestReading, body: BodyData, end: PartFacts): void {
    const sent = { ...wire.source(), body }
    const part = readRequestPart(() => readSent(wire.protocol, sent), this.#writer.limits)
    const { facts, body: texts, media } = packRequest(part)
    for (const content of media) this.#part({ of: 'request', content }, [content.body])
    this.#asked = this.#lastPart({ ...end, request: facts }, texts)
  }

  #part(facts: PartFacts, body: readonly BodyChunk[]): void {
    const { of = 'answer' } = facts
    const number = this.#append('part', now(), body, () => ({ ...facts, ...this.#isTorn(of) }), [])
    if (number === 0) this.#torn.add(of)
  }

  /** Said in what comes behind a part that found no room. */
  #isTorn(of: 'request' | 'answer'): Pick<PartFacts, 'isTorn'> {
    return this.#torn.has(of) ? { isTorn: true } : {}
  }

  /** The rest of the request may find no room, and is lost then; that no more of it comes is not. */
  #lastPart({ request, ...least }: PartFacts, body: readonly BodyChunk[] = []): number {
    const end: PartFacts = { of: 'request', isLast: true, ...this.#isTorn('request'), ...least }
    const all = () => ({ ...end, ...(request && { request }) })
    const left = () => ({ ...end, ...(request && { isTorn: true }) })
    return this.#append('part', now(), body, all, [], left)
  }

  #append(
    kind: FrameKind,
    at: number,
    body: readonly BodyChunk[],
    facts: () => Own<OpenedFacts> | Own<EndedFacts> | PartFacts,
    shared = this.#shared,
    least?: () => object
  ): number {
    return this.#writer.append(
      () => {
        const frame = this.#frame(kind, at, facts(), shared)
        return body.length > 0 ? { ...frame, body } : frame
      },
      least && (() => this.#frame(kind, at, least(), shared))
    )
  }

  /** The answer may find no room, and is lost then; that the call ended is not. */
  #appendEnd(
    ending: Ending,
    more: Pick<EndedFacts, 'answer' | 'response'>,
    body: readonly BodyChunk[]
  ): void {
    const facts = this.#factsOf(ending)
    const all = () => ({ ...facts, ...more })
    const least = () => ({ ...facts, isLost: true })
    this.#ended = this.#append('ended', ending.at, body, all, this.#shared, least)
  }

  #frame(kind: FrameKind, at: number, facts: object, shared: readonly string[]): Frame {
    return { kind, auditId: this.#auditId, at, meta: metaOf(facts), shared }
  }

  #openedFacts({
    scope,
    trace,
    isSpan,
    announces,
    place,
    openCalls
  }: OpenedCall): Own<OpenedFacts> {
    const { parent, toolGroup, above } = scope
    const identity = this.#protocol ? this.#identityNow() : undefined
    return {
      ...(identity && { identity }),
      openCalls,
      ...(parent !== undefined && { parent }),
      ...(toolGroup && { toolGroup: this.#writer.texts.numberOf(toolGroup) }),
      ...(above !== undefined && { above }),
      ...(announces && { announces }),
      ...(place !== undefined && { place }),
      ...(trace && { trace }),
      ...(isSpan && { isSpan })
    }
  }

  #factsOf(ending: Ending): Own<EndedFacts> {
    const { stage, durationMs, chunks, firstChunkMs, attempts, error, outcome } = ending
    const identity = this.#identityNow()
    return {
      stage,
      durationMs,
      ...(chunks > 0 && { chunks }),
      ...(firstChunkMs !== undefined && { firstChunkMs }),
      ...(attempts.length > 0 && { attempts }),
      ...(outcome && { outcome }),
      ...(error !== undefined && {
        error: { facts: outcomeOfError(error), text: messageOf(error) }
      }),
      ...(identity && { identity }),
      ...this.#isTorn('answer')
    }
  }

  #identityNow(): ModelIdentity | undefined {
    try {
      return this.#identity?.()
    } catch {
      // Unknown is absent.
      return undefined
    }
  }
}

/** What of a request its first frame has not. */
function restOf({ rest, isUnread }: RequestReading): Pick<OpenedFacts, 'isContinued' | 'isUnread'> {
  if (rest) return { isContinued: true }
  return isUnread ? { isUnread } : {}
}

function textOf({ error }: Ending): string | undefined {
  return error === undefined ? undefined : messageOf(error)
}
