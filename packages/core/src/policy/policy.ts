import { canonicalize } from '../base/canonical.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { toHex } from '../base/hex.ts'
import { sha256 } from '../base/sha256.ts'
import { ageEncrypter, type Encrypt } from '../protect/age.ts'
import { type FindValues, type OwnFunctions, ownDetector } from '../protect/own-detectors.ts'
import { checkPolicy } from './check-policy.ts'
import type { PolicyOutcome } from './outcome.ts'
import type { AskedModule, PolicyDocument } from './policy-document.ts'
import type { PolicyFacts } from './policy-facts.ts'
import { formatPath, type PolicyProblem } from './problems.ts'
import { ReadyRule, type RuleExplanation } from './ready-rule.ts'
import { checkedOptions } from './when/asked-module.ts'

/** A policy that was checked and is ready to decide. */
export interface Policy {
  /** The policy as it was written. */
  readonly document: PolicyDocument
  /** SHA-256 of the document as canonical JSON (RFC 8785), in hexadecimal digits. */
  readonly digest: string
  /** Whether a rule takes something out of what is recorded: frames must not be readable on a disk then. */
  readonly isHiding: boolean
  /** Encrypts to the recipients of the policy; absent where it has none. */
  readonly encrypt: Encrypt | undefined
  /** The functions that its detectors are: records are made in the application's thread then. */
  readonly functions: OwnFunctions
  /** What each rule decides, in their order. */
  readonly outcomes: readonly PolicyOutcome[]
  /** The first rule that matches decides; a call always has one. Never throws. */
  decide(facts: PolicyFacts): PolicyOutcome
  /** Whether a rule refuses calls, asks for approvals or says who waits: it is decided then before a call is made. */
  readonly isAsked: boolean
  /** Whether what is asked before a call needs its request read: whether a rule matches by what stands there. */
  readonly readsRequest: boolean
  /** Why each rule up to the one that decides matches, or does not. */
  explain(facts: PolicyFacts): readonly RuleExplanation[]
}

/** Where a problem of a policy stands, as its author finds it: a line of a file, say. */
export type PlaceOfProblem = (problem: PolicyProblem) => string

/**
 * Makes a policy ready. Throws AuditError `bad_policy` that names all that is wrong, where, and what to do.
 *
 * @param place Says where a problem stands; by its path unless given.
 * @param known The functions of a policy that was checked before, where they are in this thread.
 */
export function parsePolicy(
  document: unknown,
  place: PlaceOfProblem = ({ path }) => (path.length === 0 ? 'the policy' : formatPath(path)),
  known?: OwnFunctions
): Policy {
  const problems = checkPolicy(document, known === undefined)
  if (problems.length > 0) {
    const lines = problems.map((problem) => `${place(problem)} ${problem.message}`)
    throw new AuditError('bad_policy', lines.join('\n'))
  }
  try {
    const own = functionsOf(document as PolicyDocument)
    const functions = own.size > 0 ? own : (known ?? own)
    const canonical = canonicalize(
      JSON.parse(JSON.stringify(withOptions(document as PolicyDocument), withoutFunctions))
    )
    return new ReadyPolicy(canonical, functions)
  } catch (cause) {
    const message = `the policy cannot be written as JSON: ${messageOf(cause)}`
    throw new AuditError('bad_policy', message, { cause })
  }
}

class ReadyPolicy implements Policy {
  readonly document: PolicyDocument
  readonly digest: string
  readonly encrypt: Encrypt | undefined
  readonly functions: OwnFunctions
  readonly isAsked: boolean
  readonly readsRequest: boolean
  readonly #rules: readonly ReadyRule[]

  constructor(canonical: string, functions: OwnFunctions) {
    const document = JSON.parse(canonical) as PolicyDocument
    this.document = document
    this.digest = toHex(sha256(new TextEncoder().encode(canonical)))
    this.functions = functions
    this.encrypt = document.recipients && ageEncrypter(document.recipients)
    const own = (document.detectors ?? []).map((one) => ownDetector(one, functions))
    this.#rules = document.rules.map((rule, index) => new ReadyRule(document, rule, index, own))
    const last = this.#rules.findLastIndex((rule) => rule.isAsked)
    this.isAsked = last >= 0
    this.readsRequest = this.#rules.slice(0, last + 1).some((rule) => rule.readsRequest)
  }

  get isHiding(): boolean {
    return this.#rules.some((rule) => rule.isHiding)
  }

  get outcomes(): readonly PolicyOutcome[] {
    return this.#rules.map(({ outcome }) => outcome)
  }

  decide(facts: PolicyFacts): PolicyOutcome {
    for (const rule of this.#rules) {
      const outcome = rule.outcomeFor(facts)
      if (outcome) return outcome
    }
    // The last rule matches every call, which was checked.
    return (this.#rules.at(-1) as ReadyRule).outcome
  }

  explain(facts: PolicyFacts): readonly RuleExplanation[] {
    const explained: RuleExplanation[] = []
    for (const rule of this.#rules) {
      const explanation = rule.explain(facts)
      explained.push(explanation)
      if (explanation.matches) break
    }
    return explained
  }
}

/** Functions cannot travel: the word says that they are where the policy was given. */
function withoutFunctions(_name: string, value: unknown): unknown {
  return typeof value === 'function' ? 'here' : value
}

function functionsOf({ detectors = [] }: PolicyDocument): OwnFunctions {
  const found = new Map<string, FindValues>()
  for (const one of detectors) {
    if ('find' in one && typeof one.find === 'function') found.set(one.id, one.find)
  }
  return found
}

/** The policy with the options of its modules as they check them. */
function withOptions(document: PolicyDocument): PolicyDocument {
  const checked = (asked: AskedModule) => ({ ...asked, options: checkedOptions(asked) })
  const rules = document.rules.map(({ ask, decide, ...rule }) => ({
    ...rule,
    ...(ask && { ask: checked(ask) }),
    ...(decide && { decide: checked(decide) })
  }))
  return { ...document, rules }
}
