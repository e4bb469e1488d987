import type { BodyChunk } from '../base/bytes.ts'
import { type Verdicts, verdictsOf } from '../record/annotation.ts'
import { ANNOTATION } from '../record/annotation-record.ts'
import type { ContentLimits } from '../record/contents.ts'
import type { RequestPart } from '../record/request-part.ts'
import type { Content } from '../record/sealed-record.ts'
import { ComingAnswer } from './coming-answer.ts'
import type { CarriedFrame } from './frame.ts'
import type { EventFacts, OpenedFacts, WireFacts } from './frame-facts.ts'
import type { PackedRequest } from './packed-parts.ts'
import type { ToolLink } from './tool-links.ts'

/** A call of which frames were read, and not yet the last. */
export class ReadCall {
  readonly auditId: string
  readonly openedAt: number
  /** The number of the frame that opened it. */
  readonly sequence: number
  readonly facts: OpenedFacts
  readonly limits: ContentLimits
  /** auditId of the layer whose frames count: the innermost one that saw the call. */
  owner: string
  /** Absent while the rest of it is still to come. */
  request: RequestPart | undefined
  /** The request where it was read before its frame was made. */
  packed: PackedRequest | undefined
  /** The request as the record `received` has it, once that is made. */
  received: RequestPart | undefined
  /** The call is not a record of its own: another layer recorded it before. */
  isDropped = false
  /** The last frame came, or the last but the rest of the request. */
  isEnded = false
  /** What asked for the tool that the call is the run of. */
  link: ToolLink | undefined
  /** Where the request went, as the layer saw it whose frames count; absent in process. */
  wire: WireFacts | undefined
  /** What guardrails found of it. */
  verdicts: Verdicts | undefined
  /** Whether not all of the request came that was sent. */
  isCut = false
  /** Whether the process ended before all of the request came. */
  isLeft = false
  /** Of what a part is missing, for which there was no room. */
  readonly torn = new Set<'request' | 'answer'>()
  /** What came of the request so far, where it comes bit by bit. */
  readonly requestChunks: BodyChunk[] = []
  readonly requestMedia: Content[] = []
  /** What came of the answer so far. */
  answer = new ComingAnswer()
  readonly answerMedia: Content[] = []

  constructor(frame: Omit<CarriedFrame, 'body'>, facts: OpenedFacts, limits: ContentLimits) {
    this.auditId = frame.auditId
    this.owner = frame.auditId
    this.openedAt = frame.at
    this.sequence = frame.sequence
    this.facts = facts
    this.limits = limits
    this.wire = facts.wire
    this.packed = facts.request
  }

  /** Hears what was said of the call, and notes what a guardrail found. */
  heard({ kind, event }: Pick<EventFacts, 'kind' | 'event'>): void {
    const found = kind === ANNOTATION ? verdictsOf(event) : undefined
    if (found === undefined) return
    const { guardrails, verdicts } = found
    this.verdicts = {
      guardrails: [...(this.verdicts?.guardrails ?? []), ...guardrails],
      verdicts: [...(this.verdicts?.verdicts ?? []), ...verdicts]
    }
  }

  get toolGroup(): number | undefined {
    return this.facts.toolGroup
  }

  /** Whether anything came of the answer. */
  get isAnswered(): boolean {
    return this.isEnded || this.answer.facts !== undefined
  }

  /** Forgets what came of the answer: another layer tells of it from here on. */
  dropAnswer(): void {
    this.answer = new ComingAnswer()
  }
}
