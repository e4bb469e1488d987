import { AuditError, messageOf } from '../base/error.ts'
import type { AskedCall, Ruling } from '../call/call.ts'
import { type Policy, parsePolicy } from '../policy/policy.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { Later } from '../record/later.ts'
import type { FrameWriter } from '../recording/frame-writer.ts'
import { OMITTED } from '../recording/omitted-calls.ts'
import type { Report } from '../runtime/reporter.ts'
import { ruleOn } from './gate.ts'

/** The policy that a log records by, and the records that say so. Without a policy it does nothing. */
export class PolicyKeeper {
  readonly #writer: FrameWriter
  readonly #report: Report
  #policy: Policy | undefined

  constructor(writer: FrameWriter, report: Report, policy: Policy | undefined) {
    this.#writer = writer
    this.#report = report
    this.#policy = policy
    if (policy) writer.event('policy.set', policyEvent(policy))
  }

  /** See `AuditLog.usePolicy`. */
  use(document: Later<PolicyDocument>): boolean {
    let policy: Policy
    try {
      policy = parsePolicy(typeof document === 'function' ? document() : document)
    } catch (cause) {
      this.#refuse(messageOf(cause))
      return false
    }
    if (policy.functions.size > 0) {
      this.#refuse('functions can be given with createAuditLog alone; put them into a module')
      return false
    }
    const before = this.#policy
    if (policy.digest === before?.digest) return true
    this.#policy = policy
    this.#writer.usePolicy(policy.document)
    const previous = before && { previous: before.digest }
    this.#writer.event(before ? 'policy.changed' : 'policy.set', {
      ...policyEvent(policy),
      ...previous
    })
    return true
  }

  /** Tells of a policy that cannot be used, and records that the one before goes on. */
  #refuse(why: string): void {
    const next = this.#policy ? 'the policy before goes on' : 'calls are recorded without a policy'
    this.#report(new AuditError('bad_policy', `a new policy is refused, and ${next}: ${why}`))
    this.#writer.event('policy.refused', this.#policy ? { digest: this.#policy.digest } : {})
  }

  /** Whether a rule refuses calls, or lets none be made without a record or an approval. */
  get isStrict(): boolean {
    const { rules = [] } = this.#policy?.document ?? {}
    return rules.some(({ mode, deny, review, decide }) => {
      return mode === 'blocking-strict' || (deny ?? review ?? decide) !== undefined
    })
  }

  /** What the policy says of a call before it is made. */
  ruleOn(call: AskedCall): Ruling | undefined {
    return ruleOn(this.#policy, this.#writer.service, call)
  }

  /** Whether that needs what the request says. */
  get rulesOnRequest(): boolean {
    return this.#policy?.isAsked === true && this.#policy.readsRequest
  }

  /** Has what was left out until now counted. */
  count(): void {
    if (this.#policy) this.#writer.event(OMITTED, {})
  }
}

/** Words that a policy lists may be names of people: the log says how many they are. */
function policyEvent({ digest, document }: Policy): object {
  const { detectors, ...policy } = document
  if (detectors === undefined) return { digest, policy }
  const counted = detectors.map((one) =>
    'words' in one ? { ...one, words: one.words.length } : one
  )
  return { digest, policy: { ...policy, detectors: counted } }
}
