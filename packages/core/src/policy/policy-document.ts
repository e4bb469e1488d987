import type { Operator } from '../protect/operators.ts'
import type { OwnDetector } from '../protect/own-detectors.ts'
import { LEVELS } from '../record/fields/record-fields.ts'
import type { RetentionPolicy } from '../retention/retention-policy.ts'

export { LEVELS }

/**
 * How much of a call is recorded. `None`: nothing, and the call is counted. `Metadata`: the header. `Request`:
 * as well what was asked. `RequestResponse`: as well what was answered.
 */
export type Level = (typeof LEVELS)[number]

/** The stages of a call that a policy may leave out. Its end is left out by level `None` alone. */
export const OMITTABLE_STAGES = ['received'] as const

/** A stage that a policy may leave out. */
export type OmittableStage = (typeof OMITTABLE_STAGES)[number]

/** What a rule may say of a kind of content. */
export const CAPTURES = ['keep', 'digest', 'encrypt', 'drop'] as const

/**
 * `keep`: it is stored. `digest`: a keyed digest of it stands in its place. `encrypt`: it is stored for the policy's
 * recipients alone. `drop`: it is left out.
 */
export type Capture = (typeof CAPTURES)[number]

/** Who waits for the records of a call; see the option `mode` of a log. */
export const MODES = ['async', 'blocking', 'blocking-strict'] as const

/** The kinds of content that a rule may keep, digest, encrypt or drop by themselves. */
export const CAPTURED = [
  'reasoning',
  'logprobs',
  'toolArguments',
  'toolResults',
  'media',
  'embeddings',
  'systemState'
] as const

/** A kind of content that a rule may keep, digest, encrypt or drop. */
export type Captured = (typeof CAPTURED)[number]

/** What the rules of a policy match, and what each is compared with. */
export const MATCHED = {
  kinds: '`call`, `tool`, `step` or `annotation`',
  operations: 'operation, such as `chat` or `embeddings`',
  providers: 'provider, such as `openai`',
  models: 'model asked for',
  tools: 'name of the tool that runs, or of one that is offered to the model',
  tenants: 'tenant of the context',
  users: 'user of the context',
  groups: 'groups of the context',
  sessions: 'session of the context',
  services: 'name of the application',
  environments: 'environment of the application',
  phases: 'phase of the application',
  traces: 'trace id',
  guardrails: 'guardrail that an annotation of the call names',
  verdicts: 'what a guardrail did, such as `flagged` or `blocked`',
  sources: 'instrumentation that the call was read from'
} as const

/** Something that rules match. */
export type Matched = keyof typeof MATCHED

/** One text or several, of which one must match; a `*` at the end stands for any rest. */
export type Patterns = string | readonly string[]

/** What a call must be for a rule to match: all of it. */
export type PolicyMatch = { readonly [Name in Matched]?: Patterns } & {
  /** Tags of the context by name. */
  readonly tags?: { readonly [name: string]: Patterns }
}

/** What is looked for, and what becomes of it. Of several that look for the same, the first holds. */
export interface RedactRule {
  /** Names of detectors, or of groups of them: `secrets`, `personal`, `national-id`. */
  readonly detectors: string | readonly string[]
  /** `remove` unless given. */
  readonly operator?: Operator
  /** How many of the last letters and digits `mask` keeps, at most half of them; none unless given. */
  readonly keep?: number
}

/** A function of a module that a rule asks. */
export interface AskedModule {
  /** A package, or a file: an absolute path or address, in a policy's file also one relative to it. */
  readonly module: string
  /** The export: for `ask` a `DecideByFacts`, for `decide` a `DecideOutcome`. */
  readonly name: string
  /** What the function gets behind the facts: any JSON. In a policy's file, a `file` of it may be relative to that file. */
  readonly options?: unknown
}

/** How a person's approval is asked for before a call is made. */
export interface ReviewTerms {
  /** Why, for the person who decides. */
  readonly reason?: string
  /** How long a call waits for the decision; 0 unless given: it is refused at once, and made again when it is approved. */
  readonly waitSeconds?: number
  /** How long a review and its approval count; 3600 unless given, 604800 at most. */
  readonly expiresSeconds?: number
}

/** One rule of a policy. The first rule that matches a call decides all of it. */
export interface PolicyRule {
  /** Stands on the records; `rule-1`, `rule-2`, … by its place unless given. */
  readonly name?: string
  /** What is done with calls that match. */
  readonly level: Level
  /** All of it must match; without it the rule matches every call. */
  readonly match?: PolicyMatch
  /**
   * An expression in CEL that must hold, as well as `match`. Where it fails, the rule decides, and the headers alone are
   * recorded.
   */
  readonly when?: string
  /** A function of a module that must say so, as well as `match` and `when`: another language of policies, such as Cedar. */
  readonly ask?: AskedModule
  /**
   * A function of a module that gives the outcome in place of the members below, which hold where it fails: another
   * language of policies, such as Rego.
   */
  readonly decide?: AskedModule
  /** Stages that are left out, beside those of the policy. */
  readonly omitStages?: readonly OmittableStage[]
  /** What becomes of kinds of content; `keep` unless given. */
  readonly capture?: { readonly [Name in Captured]?: Capture }
  /** What is looked for in contents and headers, and what becomes of it, before anything is stored. */
  readonly redact?: readonly RedactRule[]
  /** Name of a class of retention. */
  readonly retention?: string
  /** Who waits for the records of the call; as the log's option says unless given. */
  readonly mode?: (typeof MODES)[number]
  /** The call is refused for this reason: the model is not called. */
  readonly deny?: string
  /** A person has to approve each call: it is refused until then. */
  readonly review?: ReviewTerms
}

/** A policy as people write it, in YAML, JSON or code. */
export interface PolicyDocument {
  /** The version of the format. */
  readonly apiVersion?: typeof API_VERSION
  /** Says that the document is a policy. */
  readonly kind?: typeof POLICY_KIND
  /** Names the policy for people. */
  readonly name?: string
  /** Stages that are left out whichever rule decides. */
  readonly omitStages?: readonly OmittableStage[]
  /** Whom contents are encrypted to that a rule captures as `encrypt`: age recipients (`age1…`, X25519). */
  readonly recipients?: readonly string[]
  /** Detectors of the policy's own. */
  readonly detectors?: readonly OwnDetector[]
  /** How long what is recorded is kept; for good unless given. */
  readonly retention?: RetentionPolicy
  /** The first that matches decides; the last matches every call. */
  readonly rules: readonly PolicyRule[]
}

/** The form of policies that this version reads. */
export const API_VERSION = 'slm-audit/v1'

/** The kind of a policy's document. */
export const POLICY_KIND = 'AuditPolicy'
