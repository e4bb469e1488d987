import { heirless, parse } from '../base/json-text.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { AskedTool, TraceIds } from '../record/call-facts.ts'
import type { ContentLimits } from '../record/contents.ts'
import type {
  Attempt,
  AuditContext,
  ModelIdentity,
  Outcome,
  SystemState,
  UnplacedRecord
} from '../record/record.ts'
import type { AnswerFacts, SentRequest } from '../wire/deferred-reading.ts'
import type { CarriedFrame } from './frame.ts'
import type { PackedRequest, PackedResponse } from './packed-parts.ts'

/** What all frames of a log have in common: a shared text. */
export interface LogFacts extends Pick<ContentLimits, 'maxLength' | 'media'> {
  /** The header's members that all records have: schema, sdk, service, host. */
  readonly members: Partial<UnplacedRecord>
  /** Decides what of the log's calls is recorded; all of them unless given. */
  readonly policy?: PolicyDocument
}

/** Where a request went and what it speaks: a shared text. */
export interface WireFacts extends Omit<SentRequest, 'body'> {
  /** Name of the protocol. */
  readonly protocol: string
  /** Where whoever reads the frame finds the protocol; absent where the frames are read already. */
  readonly module?: string
}

/** What every frame may say. A frame's own facts are laid over those of its shared texts. */
interface SharedFacts {
  readonly log: LogFacts
  readonly wire?: WireFacts
  readonly context?: AuditContext
}

/** Facts of a frame `opened`. Its body is the request's, or the texts of `request`. */
export interface OpenedFacts extends SharedFacts {
  /** The state of the process, which calls share for a while. */
  readonly system?: Omit<SystemState, 'openCalls'>
  readonly openCalls: number
  /** auditId of the call or step that the code ran in. */
  readonly parent?: string
  /** What the tools asked for here belong together by; a number of the log's own. */
  readonly toolGroup?: number
  readonly trace?: TraceIds
  /** The call is a span of another instrumentation, which a wrapped client may record, too. */
  readonly isSpan?: true
  /** auditId of a framework's call around this one, which may be the same call. */
  readonly above?: string
  /** Texts that the framework's request holds: the next one with them is the same call. */
  readonly announces?: readonly string[]
  /** Names where the code ran that opened the call: the same text for the same place. */
  readonly place?: string
  /** What is known of the model beside what was sent. */
  readonly identity?: ModelIdentity
  /** The request, where it was read already. */
  readonly request?: PackedRequest
  /** The request has a body that nobody could read. */
  readonly isUnread?: true
  /** The rest of the request comes in frames `part`, to one that `isLast`. */
  readonly isContinued?: true
}

/** Facts of a frame `part`. */
export interface PartFacts {
  /** Whose bytes the body is: the answer's unless given. */
  readonly of?: 'request'
  /** The request, where it was read already; the body is its texts. */
  readonly request?: PackedRequest
  /** The request is whole now. */
  readonly isLast?: true
  /** Not all of the request came that was sent. */
  readonly isCut?: true
  /** There was no room for a part of it before this one. */
  readonly isTorn?: true
  /** The body is a content of its own, such as an image. */
  readonly content?: { readonly name: string; readonly type: string }
  /** Tools that the answer asks for, while it still streams. */
  readonly asks?: readonly AskedTool[]
  /** The answer that the bytes are of, as its head tells. */
  readonly answer?: AnswerFacts
}

/** Facts of a frame `ended`. Its body is the rest of the answer, or the texts of `response`. */
export interface EndedFacts extends SharedFacts {
  readonly stage: 'denied' | 'complete' | 'error' | 'cancelled' | 'abandoned'
  readonly durationMs?: number
  readonly chunks?: number
  readonly firstChunkMs?: number
  readonly attempts?: readonly Attempt[]
  readonly outcome?: Outcome
  /** There was no room for the answer, and it is lost. */
  readonly isLost?: true
  /** There was no room for a part of the answer. */
  readonly isTorn?: true
  /** What was thrown, as far as headers say it, and its message. */
  readonly error?: { readonly facts: Outcome; readonly text: string }
  /** What is known of the model by now. */
  readonly identity?: ModelIdentity
  readonly answer?: AnswerFacts
  /** The answer, where it was read already. */
  readonly response?: PackedResponse
}

/** Facts of a frame `event`. */
export interface EventFacts extends SharedFacts {
  readonly kind: string
  readonly event: { readonly [name: string]: unknown }
  readonly parent?: string
}

/** How calls end. */
const STAGES: ReadonlySet<unknown> = new Set<EndedFacts['stage']>([
  'denied',
  'complete',
  'error',
  'cancelled',
  'abandoned'
])

/** Most shared texts whose facts are kept parsed. */
const MOST_PARSED = 1_000

/** Parses what frames say; what they share is parsed once. */
export class FactsParser {
  readonly #parsed = new Map<string, object>()

  /** The facts of a frame. Throws SyntaxError for a frame of another make. */
  factsOf<Facts extends object>({ meta, shared }: Pick<CarriedFrame, 'meta' | 'shared'>): Facts {
    const facts = heirless({})
    for (const text of shared) Object.assign(facts, this.#parse(text))
    return Object.assign(facts, parse(meta)) as Facts
  }

  /** The facts of a frame `ended`. Throws TypeError for one that says no stage: it would hold up all behind it in a journal. */
  endOf(frame: Pick<CarriedFrame, 'meta' | 'shared'>): EndedFacts {
    const facts = this.factsOf<EndedFacts>(frame)
    if (!STAGES.has(facts.stage)) throw new TypeError('the frame does not say how its call ended')
    return facts
  }

  #parse(text: string): object {
    const known = this.#parsed.get(text)
    if (known) return known
    if (this.#parsed.size >= MOST_PARSED) this.#parsed.clear()
    const parsed = parse(text) as object
    this.#parsed.set(text, parsed)
    return parsed
  }
}
