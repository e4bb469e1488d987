import type { BodyChunk } from '../base/bytes.ts'
import { AuditError } from '../base/error.ts'
import { heirless } from '../base/json-text.ts'
import { newAuditId } from '../record/audit-id.ts'
import { typeOfError } from '../record/outcome.ts'
import type { RequestPart } from '../record/request-part.ts'
import { readRequestPart } from '../record/request-part.ts'
import type { PendingRecord } from '../record/sealed-record.ts'
import type { CarriedFrame } from './frame.ts'
import {
  type EndedFacts,
  type EventFacts,
  FactsParser,
  type OpenedFacts,
  type PartFacts
} from './frame-facts.ts'
import { markLate } from './late-record.ts'
import { OMITTED } from './omitted-calls.ts'
import { PartReader, type Reading } from './part-reader.ts'
import { PolicyDesk, type PolicyNeeds } from './policy-desk.ts'
import { ReadCall } from './read-call.ts'
import { bodyOf, type ReadableFrame } from './readable-frame.ts'
import { RecordMaker } from './record-maker.ts'
import { SameCalls } from './same-calls.ts'
import { ToolLinks } from './tool-links.ts'

export type { ReadableFrame }

/** What a `FrameReader` needs of the thread that it runs in. */
export interface FrameReading extends Reading, PolicyNeeds {
  /** Hears of a frame that no record can be made of. */
  unread(problem: AuditError): void
}

/** A record, and the number of the frame that it was due with. */
export interface DueRecord {
  readonly sequence: number
  readonly record: PendingRecord
}

/** A record that is due. */
interface Due extends Pick<DueRecord, 'sequence'> {
  /** None where the call turned out to be no record of its own. */
  readonly make: () => PendingRecord | undefined
  /** Whether all that the record needs has come. */
  readonly isReady: () => boolean
  /** It waited for the rest of its request, or its frame for room, or its time was given. */
  readonly isLate?: boolean
}

/** When and where a frame was. */
type Placed = Pick<CarriedFrame, 'at' | 'sequence' | 'again'> & Pick<Due, 'isLate'>

/**
 * Makes records from the frames of one carrier, in their order: reads requests and answers by their
 * protocols, ties tools to who asked for them, and counts a call once that several layers saw. It does
 * no I/O. Whoever has the frames gives them to `take`, and stores what `drain` returns.
 */
export class FrameReader {
  readonly #unread: (problem: AuditError) => void
  readonly #parts: PartReader
  readonly #parser = new FactsParser()
  readonly #calls = new Map<string, ReadCall>()
  readonly #same = new SameCalls()
  readonly #links = new ToolLinks()
  readonly #maker = new RecordMaker((auditId) => this.#same.idOf(auditId))
  readonly #desk: PolicyDesk
  #due: Due[] = []
  /** The number of the last frame. */
  #last = 0

  constructor(reading: FrameReading) {
    this.#unread = (problem) => reading.unread(problem)
    this.#parts = new PartReader(reading)
    this.#desk = new PolicyDesk(reading)
  }

  /** The number of the oldest frame that is still needed: the one that opened the oldest open call. */
  get oldest(): number | undefined {
    for (const call of this.#calls.values()) return call.sequence
    return undefined
  }

  /** Takes the next frame. Never throws: one that cannot be read costs itself, and `unread` hears of it. */
  take(frame: ReadableFrame): void {
    this.#last = frame.sequence
    try {
      this.#take(frame)
    } catch (cause) {
      const message = `a frame of ${frame.auditId} could not be read: ${typeOfError(cause)}`
      this.#lost(message, cause)
    }
  }

  /** The records that are due, in order, each once. */
  drain(): DueRecord[] {
    const due = this.#due
    this.#due = []
    return due.flatMap((one) => {
      const { sequence } = one
      const record = one.isReady() ? this.#make(one) : undefined
      if (!one.isReady()) this.#due.push({ ...one, isLate: true })
      return record ? [{ sequence, record }] : []
    })
  }

  /**
   * Ends all calls that are open as `abandoned`, because their process ended without a word: one a step, as answers may be large.
   *
   * @param at Unix time in milliseconds.
   */
  *abandon(at: number): Generator<void> {
    for (const call of new Set(this.#calls.values())) {
      yield
      call.isLeft = call.request === undefined
      call.request ??= this.#parts.request(call, call.requestChunks)
      if (call.isEnded) {
        this.#forget(call)
        continue
      }
      const { facts } = call.answer
      const { log } = call.facts
      const answer = facts && { ...facts, whole: false }
      const ended = { log, stage: 'abandoned', outcome: { by: 'crash' } } as const
      const { sequence } = call
      this.#end(call, { at, sequence, again: true }, { ...ended, ...(answer && { answer }) }, [])
    }
    this.#countOmitted(at)
  }

  #take(frame: ReadableFrame): void {
    if (frame.kind === 'opened') this.#opened(frame)
    else if (frame.kind === 'part') this.#part(frame)
    else if (frame.kind === 'ended') this.#ended(frame)
    else {
      const { auditId, at } = frame
      const facts = this.#parser.factsOf<EventFacts>(frame)
      if (facts.kind === OMITTED) this.#countOmitted(at)
      else {
        this.#calls.get(facts.parent ?? '')?.heard(facts)
        const make = () => this.#desk.compose(this.#maker.event(auditId, at, facts), facts.log)
        this.#push(frame, make)
      }
    }
  }

  #opened(frame: ReadableFrame): void {
    const facts = this.#parser.factsOf<OpenedFacts>(frame)
    const call = new ReadCall(frame, facts, this.#parts.limits(facts.log))
    const body = bodyOf(frame)
    if (facts.isContinued) call.requestChunks.push(...body)
    else call.request = this.#parts.request(call, body)
    if (call.request && this.#isTakenUp(call, call.request)) return
    if (!this.#same.admit(call)) {
      this.#same.leaveOut(call.auditId)
      return
    }
    this.#same.announce(call)
    this.#calls.set(call.auditId, call)
    this.#link(call)
    const make = () => {
      const { request } = call
      if (request === undefined || call.isDropped) return undefined
      const record = this.#desk.compose(this.#maker.received(call, request), facts.log)
      if (record) call.received = request
      return record
    }
    this.#push({ ...frame, isLate: facts.isSpan === true }, make, call)
  }

  /** Lets the call that a layer above opened go on as this layer sees it, if it is the same one. */
  #isTakenUp(call: ReadCall, request: RequestPart): boolean {
    const { auditId, facts, wire } = call
    const around = facts.above === undefined ? undefined : this.#calls.get(facts.above)
    const above = this.#same.find(facts, request, around)
    if (above === undefined) return false
    const conversation = request.conversation ?? above.request?.conversation
    above.request = { ...request, conversation }
    above.wire = wire
    above.isCut = call.isCut
    above.requestMedia.push(...call.requestMedia)
    this.#same.takeUp(above, auditId)
    this.#calls.set(auditId, above)
    return true
  }

  #part(frame: ReadableFrame): void {
    const call = this.#calls.get(frame.auditId)
    if (call === undefined) return
    const facts = this.#parser.factsOf<PartFacts>(frame)
    if (facts.asks) this.#links.asks(call, facts.asks)
    // Frames of a layer above the one that counts.
    if (call.owner !== frame.auditId) return
    this.#parts.add(call, facts, frame, this.#calls)
    if (!facts.isLast) return
    call.packed = facts.request ?? call.packed
    call.isCut = facts.isCut === true
    call.request = this.#parts.request(call, call.requestChunks)
    // An answer that began before its request was read stays with the record that has it.
    if (!call.isAnswered && this.#isTakenUp(call, call.request)) {
      call.isDropped = true
      return
    }
    this.#link(call)
    if (call.isEnded) this.#forget(call)
  }

  #ended(frame: ReadableFrame): void {
    const { auditId } = frame
    const found = this.#calls.get(auditId)
    if (found ? found.owner !== auditId || found.isEnded : this.#same.isLeftOut(auditId)) return
    const facts = this.#parser.endOf(frame)
    this.#end(found ?? this.#unopened(frame, facts), frame, facts, bodyOf(frame))
  }

  /** A call whose first frame was lost: what is known is recorded without the request. */
  #unopened(frame: ReadableFrame, { log, wire, context, durationMs = 0 }: EndedFacts): ReadCall {
    const facts = { log, openCalls: 0, ...(wire && { wire }), ...(context && { context }) }
    const opened = { ...frame, at: frame.at - durationMs }
    const call = new ReadCall(opened, facts, this.#parts.limits(log))
    call.request = readRequestPart(() => {
      throw new TypeError('the request was lost')
    }, call.limits)
    return call
  }

  #end(call: ReadCall, frame: Placed, facts: EndedFacts, body: readonly BodyChunk[]): void {
    const { at } = frame
    const response = this.#parts.response(call, facts, body)
    call.isEnded = true
    // The rest of a request may come later than the answer.
    if (call.request) this.#forget(call)
    this.#same.ended(call)
    const isModel = call.request?.kind.value === 'call' || call.wire !== undefined
    this.#links.noteToolCalls(call, response.toolCalls, isModel)
    this.#link(call)
    const make = () => {
      const { request } = call
      if (request === undefined || call.isDropped) return undefined
      const parts = this.#maker.ended(call, request, heirless({ ...facts, at, response }))
      return this.#desk.compose(parts, call.facts.log, call.received !== undefined, call.verdicts)
    }
    this.#push({ ...frame, isLate: facts.isLost === true }, make, call)
    if (this.#desk.omitted.isDue(at)) this.#countOmitted(at)
  }

  /** Records what policies left out so far; nothing where they left out nothing. */
  #countOmitted(at: number): void {
    this.#push({ at, sequence: this.#last }, () => {
      const counted = this.#desk.omitted.take()
      if (counted === undefined) return undefined
      const { log, event } = counted
      const facts = { log, kind: OMITTED, event }
      return this.#desk.compose(this.#maker.event(newAuditId(at), at, facts), log)
    })
  }

  #forget(call: ReadCall): void {
    this.#calls.delete(call.auditId)
    this.#calls.delete(call.owner)
  }

  /** Finds who asked for a tool: when it starts, or when it ends, because models ask before their answer is whole. */
  #link(call: ReadCall): void {
    if (call.link || call.request?.kind.value !== 'tool') return
    const { name, toolCallId } = call.request.tool
    call.link = this.#links.find(call, name, toolCallId)
  }

  #push({ sequence, again, isLate = false }: Placed, make: Due['make'], call?: ReadCall): void {
    const made = () => {
      const record = make()
      return record && again ? { ...record, retried: true } : record
    }
    const isReady = () => call === undefined || call.request !== undefined
    this.#due.push({ sequence, make: made, isReady, isLate })
  }

  #make({ make, isLate }: Due): PendingRecord | undefined {
    try {
      const record = make()
      return record && isLate ? markLate([record])[0] : record
    } catch (cause) {
      this.#lost(`a record could not be made and is lost: ${typeOfError(cause)}`, cause)
      return undefined
    }
  }

  #lost(message: string, cause: unknown): void {
    this.#unread(
      new AuditError('protocol_failed', `${message}; report it with the cause`, { cause })
    )
  }
}
