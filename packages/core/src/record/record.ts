// Made by `pnpm run generate` from the table of fields in ./fields.

import type {
  Attempt,
  ConfidenceSummary,
  Outcome,
  ReasoningMarkers,
  ResponseFacts,
  Timing
} from './answer-types.ts'
import type { AuditContext, CallFacts, ModelIdentity } from './request-types.ts'

export type {
  AskedToolFacts,
  Attempt,
  ClassScore,
  ConfidenceSummary,
  Outcome,
  ReasoningMarkers,
  ReasoningSpan,
  ResponseFacts,
  Timing,
  UsageFacts
} from './answer-types.ts'

export type {
  AuditContext,
  CallFacts,
  Endpoint,
  ModelAdapter,
  ModelIdentity,
  Named
} from './request-types.ts'

/**
 * One audit record: the header that is a leaf of the log. Its contents (input, output, …) are kept
 * apart and committed to in `log.contents`. Absent means unknown; nothing is guessed.
 */
export interface AuditRecord {
  /** Version of this table. */
  readonly schema: 1 | 2
  /** `call`, `tool`, `step` (what groups calls: a chain, an agent), `annotation`, `gap`, `log.opened`, `key.added`, … */
  readonly kind: string
  /** `received`, then `complete`, `error`, `cancelled` or `abandoned`; `denied` where a policy forbade the call; `event` for records that are not calls. */
  readonly stage: 'received' | 'denied' | 'complete' | 'error' | 'cancelled' | 'abandoned' | 'event'
  /** UUID version 7, shared by the records of one call. */
  readonly auditId: string
  /** Wall clock of this stage, UTC; never used for order. */
  readonly at: string
  /** `auditId` of the call or step around this one; of a tool, the call that asked for it. */
  readonly parent?: string | undefined
  /** W3C ids of the span that the call was made in, or, with `call.source`, of the span that it was read from. */
  readonly trace?: SpanIds | undefined
  /** The application, as it declares itself. */
  readonly service?: ServiceFacts | undefined
  /** The process and its machine. */
  readonly host?: HostFacts | undefined
  /** Slm-audit itself. */
  readonly sdk?: SdkFacts | undefined
  /** What the application declares with `withContext`. */
  readonly context?: AuditContext | undefined
  /** The request, as sent. */
  readonly call?: CallFacts | undefined
  /** The weights and the runtime of a local model. */
  readonly model?: ModelIdentity | undefined
  /** Facts about the answer. */
  readonly response?: ResponseFacts | undefined
  /** How sure the model was; logarithms are natural. */
  readonly confidence?: ConfidenceSummary | undefined
  /** Where and how the model showed its reasoning. */
  readonly reasoning?: ReasoningMarkers | undefined
  /** One entry an attempt on the wire, where there were several. */
  readonly attempts?: readonly Attempt[] | undefined
  /** Why the call did not end in an answer. */
  readonly outcome?: Outcome | undefined
  /** Durations from a monotonic clock. */
  readonly timing?: Timing | undefined
  /** The process at the moment of the call. */
  readonly system?: SystemState | undefined
  /** The policy that decided what is recorded. */
  readonly policy?: PolicyMark | undefined
  /** What a record that is not a call says. */
  readonly event?: { readonly [name: string]: unknown } | undefined
  /** What is not stored as it was given: where, what happened, why. */
  readonly altered?: readonly Alteration[] | undefined
  /** What the journal adds: order, origin and commitments. */
  readonly log: LogPlace
}

/** W3C ids of the span that the call was made in, or, with `call.source`, of the span that it was read from. */
export interface SpanIds {
  /** Id of the trace: 32 hexadecimal digits. */
  readonly traceId: string
  /** Id of the span: 16 hexadecimal digits. */
  readonly spanId: string
}

/** The application, as it declares itself. */
export interface ServiceFacts {
  /** Name of the application. */
  readonly name?: string | undefined
  /** Version of the application. */
  readonly version?: string | undefined
  /** Where it runs. */
  readonly environment?: string | undefined
  /** `dev`, `eval`, `staging` or `prod`. */
  readonly phase?: string | undefined
}

/** The process and its machine. */
export interface HostFacts {
  /** Host name. */
  readonly name?: string | undefined
  /** Process id. */
  readonly pid?: number | undefined
  /** Name and version of the JavaScript runtime. */
  readonly runtime?: string | undefined
  /** Operating system and architecture. */
  readonly platform?: string | undefined
  /** One opening of one log. */
  readonly instance: string
}

/** Slm-audit itself. */
export interface SdkFacts {
  /** Its name. */
  readonly name: string
  /** Its version. */
  readonly version?: string | undefined
}

/** The process at the moment of the call. */
export interface SystemState {
  /** Resident memory of the process in bytes. */
  readonly rss?: number | undefined
  /** Used heap in bytes. */
  readonly heapUsed?: number | undefined
  /** Share of one core since the last sample. */
  readonly cpu?: number | undefined
  /** Share of the time that the event loop was busy. */
  readonly eventLoopUtilization?: number | undefined
  /** Free memory of the machine in bytes. */
  readonly freeMemory?: number | undefined
  /** Load of the machine in the last minute. */
  readonly loadAverage?: number | undefined
  /** Calls that had not ended. */
  readonly openCalls: number
}

/** The policy that decided what is recorded. */
export interface PolicyMark {
  /** SHA-256 of the policy as canonical JSON. */
  readonly digest: string
  /** Name of the rule that decided. */
  readonly rule: string
  /** How much of the call is recorded. */
  readonly level: 'None' | 'Metadata' | 'Request' | 'RequestResponse'
  /** Name of a class of retention. */
  readonly retention?: string | undefined
}

/** What is not stored as it was given: where, what happened, why. */
export interface Alteration {
  /** JSON Pointer (RFC 6901) into the record or its contents. */
  readonly pointer: string
  /** What happened. */
  readonly what:
    | 'truncated'
    | 'replaced'
    | 'moved'
    | 'masked'
    | 'erased'
    | 'digested'
    | 'encrypted'
    | 'unread'
  /** Size before. */
  readonly bytes?: number | undefined
  /** Why. */
  readonly reason?: string | undefined
  /** What found it. */
  readonly detector?: string | undefined
  /** What the policy did with it. */
  readonly operator?: string | undefined
  /** How many values. */
  readonly count?: number | undefined
}

/** What the journal adds: order, origin and commitments. */
export interface LogPlace {
  /** The commitment to each content, by name, which stays when the content goes. */
  readonly contents: { readonly [name: string]: Commitment }
  /** Leaf index: the order of the log. */
  readonly index: number
  /** Name of the log. */
  readonly origin: string
  /** When it came into the log, UTC, where that is long after it happened, as after a kill; absent for all others. */
  readonly sealedAt?: string | undefined
}

/** The commitment to each content, by name, which stays when the content goes. */
export interface Commitment {
  /** Size of the content. */
  readonly bytes: number
  /** SHA-256 of the salt followed by the content; of one in parts, the head of their chain. */
  readonly commitment: string
  /** Of how many parts the content is; absent for one that is whole. */
  readonly parts?: number | undefined
  /** Where in the first part the others belong, in bytes; absent for a list alone. */
  readonly at?: number | undefined
  /** Media type. */
  readonly type: string
}

/** A record before the journal gave it its place in the log. */
export type UnplacedRecord = Omit<AuditRecord, 'log'>

/** Where a call stands. Every call ends in exactly one stage other than `received`. */
export type Stage = AuditRecord['stage']

/** Who ended a call that was cancelled or abandoned. */
export type EndedBy = NonNullable<Outcome['by']>
