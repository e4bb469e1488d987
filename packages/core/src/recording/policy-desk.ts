import { AuditError, messageOf } from '../base/error.ts'
import { type Hash, sha256 as portableSha256 } from '../base/sha256.ts'
import { limitParts } from '../policy/limit-parts.ts'
import type { PolicyOutcome } from '../policy/outcome.ts'
import { type Policy, parsePolicy } from '../policy/policy.ts'
import { factsOf } from '../policy/policy-facts.ts'
import { captureParts, dropEncrypted, encryptParts } from '../protect/capture-parts.ts'
import type { OperatorKey } from '../protect/operators.ts'
import type { OwnFunctions } from '../protect/own-detectors.ts'
import { protectParts } from '../protect/protect-parts.ts'
import type { Verdicts } from '../record/annotation.ts'
import { composeParts, member, type RecordParts } from '../record/header.ts'
import { typeOfError } from '../record/outcome.ts'
import type { PendingRecord } from '../record/sealed-record.ts'
import type { LogFacts } from './frame-facts.ts'
import { OmittedCalls } from './omitted-calls.ts'

/** What deciding and redacting need of the thread that they run in. */
export interface PolicyNeeds {
  /** The portable one, which is slow, unless given. */
  readonly sha256: Hash | undefined
  /** What pseudonyms and digests are made with; one for this reader alone unless given. */
  readonly secret?: Uint8Array | (() => Uint8Array) | undefined
  /** Functions of policies that are in this thread. */
  readonly functions?: OwnFunctions | undefined
  /** Hears of what failed and costs no record. */
  failed?(problem: AuditError): void
}

/** So many failures of expressions are told, each once. */
const MOST_TOLD = 100

/** The policy of a log, as whoever reads the frames has it. */
type Known = { readonly policy: Policy } | { readonly problem: unknown }

/**
 * Decides by its log's policy what of a record is stored, and puts that together. A policy that cannot be
 * read stores headers alone.
 */
export class PolicyDesk {
  readonly omitted = new OmittedCalls()
  readonly #known = new WeakMap<LogFacts, Known>()
  readonly #failed: (problem: AuditError) => void
  readonly #functions: OwnFunctions
  readonly #key: OperatorKey
  readonly #told = new Set<string>()

  constructor(needs: PolicyNeeds) {
    const { sha256: hash = portableSha256 } = needs
    let made = needs.secret
    this.#key = {
      hash,
      get secret() {
        made ??= crypto.getRandomValues(new Uint8Array(32))
        return typeof made === 'function' ? made() : made
      }
    }
    this.#functions = needs.functions ?? new Map()
    this.#failed = (problem) => needs.failed?.(problem)
  }

  /**
   * The record of the parts; `undefined` where the policy leaves it out.
   *
   * @param isReceived Whether `received` of the same call is recorded, so that its end has to be as well.
   * @param verdicts What guardrails found of the call while it was open.
   */
  compose(
    parts: RecordParts,
    log: LogFacts,
    isReceived = false,
    verdicts?: Verdicts
  ): PendingRecord | undefined {
    if (log.policy === undefined || isOwn(parts)) return composeParts(parts)
    const { members } = parts
    const known = this.#policyOf(log)
    if (!('policy' in known)) return composeParts(limitParts(parts, 'Metadata'))
    const { policy } = known
    const outcome = policy.decide(factsOf(members, verdicts))
    this.#tellFailed(outcome)
    const stage = members.stage?.value
    if (stage === 'received' && (outcome.omitsReceived || outcome.level === 'None')) {
      return undefined
    }
    if (outcome.level === 'None' && !isReceived) {
      this.omitted.add(log, policy.digest, outcome.rule, Date.parse(members.at?.value ?? ''))
      return undefined
    }
    return composeParts(marked(this.#protected(parts, outcome, policy), policy.digest, outcome))
  }

  /**
   * First what is not recorded goes, so that nobody looks through it; then what is found in the rest; last, what is left
   * is encrypted, so that nobody takes ciphers for values.
   */
  #protected(
    parts: RecordParts,
    { level, capture, redact }: PolicyOutcome,
    { encrypt }: Policy
  ): RecordParts {
    const failed = (what: string) => {
      this.#failed(new AuditError('bad_record', `${what}; the record stays without it`))
    }
    const captured = captureParts(limitParts(parts, level), capture, this.#key)
    const safe = protectParts(captured, redact, this.#key, failed)
    if (!encrypt) return safe
    try {
      return encryptParts(safe, capture, encrypt)
    } catch (cause) {
      failed(`what a rule encrypts could not be encrypted (${typeOfError(cause)})`)
      return dropEncrypted(safe, capture)
    }
  }

  /** Tells of an expression that failed, once a rule and reason. */
  #tellFailed({ rule, failed }: PolicyOutcome): void {
    if (failed === undefined || this.#told.size >= MOST_TOLD) return
    const message = `the expression of rule ${rule} failed: ${failed}; calls that it fails for are recorded by their headers`
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#failed(new AuditError('bad_policy', message))
  }

  #policyOf(log: LogFacts): Known {
    const known = this.#known.get(log) ?? this.#parse(log)
    this.#known.set(log, known)
    return known
  }

  #parse({ policy }: LogFacts): Known {
    try {
      return { policy: parsePolicy(policy, undefined, this.#functions) }
    } catch (problem) {
      const message = `the policy of a log cannot be read here, so headers alone are recorded: ${messageOf(problem)}`
      this.#failed(new AuditError('bad_policy', message, { cause: problem }))
      return { problem }
    }
  }
}

/** Whether a record is the log's own word: it says nothing of a call's contents. */
function isOwn({ members: { kind, stage } }: RecordParts): boolean {
  return stage?.value === 'event' && kind?.value !== 'annotation'
}

function marked(parts: RecordParts, digest: string, outcome: PolicyOutcome): RecordParts {
  const { rule, retention, level } = outcome
  const mark = {
    digest,
    rule,
    level: level === 'None' ? 'Metadata' : level,
    ...(retention !== undefined && { retention })
  } as const
  return { ...parts, members: { ...parts.members, policy: member(mark) } }
}
