import { canonicalize } from '../base/canonical.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { toHex } from '../base/hex.ts'
import { sha256 } from '../base/sha256.ts'
import type { Detector } from '../protect/detector.ts'
import { detectorsOf } from '../protect/detectors.ts'
import { type FindValues, type OwnFunctions, ownDetector } from '../protect/own-detectors.ts'
import type { RedactStep } from '../protect/redactor.ts'
import { checkPolicy } from './check-policy.ts'
import { listOf, type Matcher, newMatcher } from './pattern.ts'
import type {
  Capture,
  Captured,
  Level,
  Matched,
  PolicyDocument,
  PolicyMatch,
  PolicyRule
} from './policy-document.ts'
import { FACT_OF, type PolicyFacts } from './policy-facts.ts'
import { formatPath, type PolicyProblem } from './problems.ts'
import { type Expression, predicateOf } from './when/expression.ts'

/** What a policy decides about a call. */
export interface PolicyOutcome {
  /** Name of the rule that decided. */
  readonly rule: string
  /** What is done with the call and its records. */
  readonly level: Level
  /** Whether the record `received` is left out. */
  readonly omitsReceived: boolean
  /** What becomes of kinds of content; `keep` unless named. */
  readonly capture: { readonly [Name in Captured]?: Capture }
  /** What is looked for, and what becomes of it. */
  readonly redact: readonly RedactStep[]
  /** Name of a class of retention. */
  readonly retention?: string | undefined
  /** Who waits for the records of the call; as the log's option says where absent. */
  readonly mode?: PolicyRule['mode']
  /** Why the call is refused; absent where it may be made. */
  readonly deny?: string | undefined
  /** How a person's approval is asked for; absent where none is needed. */
  readonly review?: PolicyRule['review']
  /** Why the rule's expression failed for the call; the headers alone are recorded then. */
  readonly failed?: string
}

/** A policy that was checked and is ready to decide. */
export interface Policy {
  /** The policy as it was written. */
  readonly document: PolicyDocument
  /** SHA-256 of the document as canonical JSON (RFC 8785), in hexadecimal digits. */
  readonly digest: string
  /** Whether a rule takes something out of what is recorded: frames must not be readable on a disk then. */
  readonly isHiding: boolean
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

/** Whether one rule matches some facts, and why not. */
export interface RuleExplanation {
  /** The rule's name. */
  readonly rule: string
  /** Whether all that the rule asks for is so. */
  readonly matches: boolean
  /** What the rule asks for and the facts do not have, or that it matches. */
  readonly why: string
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
    const canonical = canonicalize(JSON.parse(JSON.stringify(document, withoutFunctions)))
    return new ReadyPolicy(canonical, functions)
  } catch (cause) {
    const message = `the policy cannot be written as JSON: ${messageOf(cause)}`
    throw new AuditError('bad_policy', message, { cause })
  }
}

class ReadyPolicy implements Policy {
  readonly document: PolicyDocument
  readonly digest: string
  readonly functions: OwnFunctions
  readonly isAsked: boolean
  readonly readsRequest: boolean
  readonly #rules: readonly ReadyRule[]

  constructor(canonical: string, functions: OwnFunctions) {
    const document = JSON.parse(canonical) as PolicyDocument
    this.document = document
    this.digest = toHex(sha256(new TextEncoder().encode(canonical)))
    this.functions = functions
    const own = (document.detectors ?? []).map((one) => ownDetector(one, functions))
    this.#rules = document.rules.map((rule, index) => new ReadyRule(document, rule, index, own))
    const last = this.#rules.findLastIndex(
      ({ outcome: { mode, deny, review } }) => (mode ?? deny ?? review) !== undefined
    )
    this.isAsked = last >= 0
    this.readsRequest = this.#rules.slice(0, last + 1).some((rule) => rule.readsRequest)
  }

  get isHiding(): boolean {
    return this.outcomes.some(
      ({ redact, capture }) =>
        redact.length > 0 || Object.values(capture).some((fate) => fate !== 'keep')
    )
  }

  get outcomes(): readonly PolicyOutcome[] {
    return this.#rules.map(({ outcome }) => outcome)
  }

  decide(facts: PolicyFacts): PolicyOutcome {
    for (const rule of this.#rules) {
      if (!rule.matches(facts)) continue
      const whether = rule.holds(facts)
      if (whether === true) return rule.outcome
      if (whether !== false) return { ...rule.outcome, level: 'Metadata', failed: whether.failed }
    }
    // The last rule matches every call, which was checked.
    return (this.#rules.at(-1) as ReadyRule).outcome
  }

  explain(facts: PolicyFacts): readonly RuleExplanation[] {
    const explained: RuleExplanation[] = []
    for (const one of this.#rules) {
      const lacks = one.lacks(facts)
      const why = lacks ?? one.whyMatching(facts)
      explained.push({ rule: one.outcome.rule, matches: lacks === undefined, why })
      if (lacks === undefined) break
    }
    return explained
  }
}

/** What rules match that stands in a request. */
const OF_REQUEST: ReadonlySet<string> = new Set<Matched>([
  'kinds',
  'operations',
  'providers',
  'models',
  'tools',
  'sources'
])

interface Condition {
  readonly says: string
  readonly find: (facts: PolicyFacts) => string | readonly string[] | undefined
  readonly matcher: Matcher
}

class ReadyRule {
  readonly outcome: PolicyOutcome
  readonly readsRequest: boolean
  readonly #conditions: readonly Condition[]
  readonly #when: Expression | undefined
  readonly #text: string | undefined

  constructor(policy: PolicyDocument, rule: PolicyRule, index: number, own: readonly Detector[]) {
    const { level, match = {}, capture = {}, retention, mode, deny, review } = rule
    this.#text = rule.when ?? rule.ask?.name
    this.#when = predicateOf(rule)
    this.readsRequest =
      this.#when?.readsRequest === true || Object.keys(match).some((name) => OF_REQUEST.has(name))
    const omitted = [...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]
    this.#conditions = conditionsOf(match)
    this.outcome = {
      rule: rule.name ?? `rule-${index + 1}`,
      level,
      // Whoever approves a call reads there what it is.
      omitsReceived: omitted.includes('received') && review === undefined,
      capture,
      redact: stepsOf(rule, own),
      retention,
      mode,
      deny,
      review
    }
  }

  get isCatchAll(): boolean {
    return this.#conditions.length === 0 && this.#when === undefined
  }

  /** Why it matches facts that it matches. */
  whyMatching(facts: PolicyFacts): string {
    const holds = this.holds(facts)
    if (typeof holds === 'object') {
      return `its expression failed (${holds.failed}), so that it decides, and headers alone are recorded`
    }
    return this.isCatchAll ? 'it matches every call' : 'all of it matches'
  }

  matches(facts: PolicyFacts): boolean {
    for (const { find, matcher } of this.#conditions) {
      if (!matcher.matches(find(facts))) return false
    }
    return true
  }

  /** Whether the rule's expression holds, or why it failed. */
  holds(facts: PolicyFacts): boolean | { readonly failed: string } {
    try {
      return this.#when?.holds(facts) ?? true
    } catch (cause) {
      return { failed: messageOf(cause) }
    }
  }

  /** The first thing that the rule asks for and the facts do not have. */
  lacks(facts: PolicyFacts): string | undefined {
    const missed = this.#conditions.find(({ find, matcher }) => !matcher.matches(find(facts)))
    if (missed === undefined) {
      return this.holds(facts) === false ? `it asks for ${this.#text}, which is false` : undefined
    }
    const found = missed.find(facts)
    const has = found === undefined ? 'is unknown' : `is ${JSON.stringify(found)}`
    return `${missed.says}, which ${has}`
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

function stepsOf({ redact = [] }: PolicyRule, own: readonly Detector[]): RedactStep[] {
  return redact.map(({ detectors: names, operator = 'remove', keep = 0 }) => {
    const found = listOf(names).flatMap((name) => detectorsOf(name, own))
    return { detectors: found, operator, keep }
  })
}

function conditionsOf({ tags = {}, ...others }: PolicyMatch): readonly Condition[] {
  const ofFacts = Object.entries(others).map(([name, patterns]) => ({
    says: `it asks for ${name} ${JSON.stringify(patterns)}`,
    find: (facts: PolicyFacts) => facts[FACT_OF[name as Matched]],
    matcher: newMatcher(patterns)
  }))
  const ofTags = Object.entries(tags).map(([name, patterns]) => ({
    says: `it asks for tag ${name} ${JSON.stringify(patterns)}`,
    find: ({ tags: found }: PolicyFacts) => textsOf(found, name),
    matcher: newMatcher(patterns)
  }))
  return [...ofFacts, ...ofTags]
}

function textsOf(tags: PolicyFacts['tags'], name: string): string | readonly string[] | undefined {
  const value = tags && Object.hasOwn(tags, name) ? tags[name] : undefined
  if (value === undefined || value === null) return undefined
  return Array.isArray(value) ? value.map(String) : String(value)
}
