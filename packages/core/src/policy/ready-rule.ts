import { messageOf } from '../base/error.ts'
import { stringify } from '../base/json-text.ts'
import type { Detector } from '../protect/detector.ts'
import { GivenOutcomes } from './given-outcomes.ts'
import { outcomeOf, type PolicyOutcome } from './outcome.ts'
import { type Matcher, newMatcher } from './pattern.ts'
import type { Matched, PolicyDocument, PolicyMatch, PolicyRule } from './policy-document.ts'
import { FACT_OF, type PolicyFacts } from './policy-facts.ts'
import { type Expression, predicateOf } from './when/expression.ts'

/** Whether one rule matches some facts, and why not. */
export interface RuleExplanation {
  /** The rule's name. */
  readonly rule: string
  /** Whether all that the rule asks for is so. */
  readonly matches: boolean
  /** What the rule asks for and the facts do not have, or that it matches. */
  readonly why: string
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

/** A rule that was checked and is ready to decide. */
export class ReadyRule {
  /** What the rule says itself: its outcome unless a module gives one. */
  readonly outcome: PolicyOutcome
  /** Whether it may refuse calls, ask for approvals or say who waits. */
  readonly isAsked: boolean
  /** Whether it may take something out of what is recorded. */
  readonly isHiding: boolean
  /** Whether what it asks for stands in the request. */
  readonly readsRequest: boolean
  readonly #rule: PolicyRule
  readonly #conditions: readonly Condition[]
  readonly #when: Expression | undefined
  readonly #given: GivenOutcomes | undefined

  constructor(policy: PolicyDocument, rule: PolicyRule, index: number, own: readonly Detector[]) {
    const { match = {}, name = `rule-${index + 1}` } = rule
    this.#rule = rule
    this.#conditions = conditionsOf(match)
    this.#when = predicateOf(rule)
    this.outcome = outcomeOf({ ...rule, name }, policy.omitStages, own)
    this.#given = rule.decide && new GivenOutcomes(rule.decide, name, policy, own)
    const { mode, deny, review, redact, capture } = this.outcome
    const decides = this.#given !== undefined
    this.isAsked = decides || (mode ?? deny ?? review) !== undefined
    this.isHiding =
      decides || redact.length > 0 || Object.values(capture).some((fate) => fate !== 'keep')
    this.readsRequest =
      decides ||
      this.#when?.readsRequest === true ||
      Object.keys(match).some((each) => OF_REQUEST.has(each))
  }

  /** What it decides of a call; `undefined` where it does not match. Where it fails, headers alone are recorded. */
  outcomeFor(facts: PolicyFacts): PolicyOutcome | undefined {
    for (const { find, matcher } of this.#conditions) {
      if (!matcher.matches(find(facts))) return undefined
    }
    if (!this.#when && !this.#given) return this.outcome
    try {
      if (this.#when?.holds(facts) === false) return undefined
      return this.#given ? this.#given.outcomeFor(facts) : this.outcome
    } catch (cause) {
      return { ...this.outcome, level: 'Metadata', failed: messageOf(cause) }
    }
  }

  /** Whether it matches, and why not. */
  explain(facts: PolicyFacts): RuleExplanation {
    const { rule } = this.outcome
    const missed = this.#conditions.find(({ find, matcher }) => !matcher.matches(find(facts)))
    if (missed) {
      const found = missed.find(facts)
      const has = found === undefined ? 'is unknown' : `is ${stringify(found)}`
      return { rule, matches: false, why: `${missed.says}, which ${has}` }
    }
    const outcome = this.outcomeFor(facts)
    if (outcome === undefined) return { rule, matches: false, why: this.#whyNot(facts) }
    return { rule, matches: true, why: this.#why(outcome) }
  }

  #why({ rule, failed }: PolicyOutcome): string {
    const what = this.#given ? 'module' : 'expression'
    if (failed !== undefined) {
      return `its ${what} failed (${failed}), so that it decides, and headers alone are recorded`
    }
    if (this.#given) return `${this.#rule.decide?.name} decides: ${rule}`
    const isCatchAll = this.#conditions.length === 0 && this.#when === undefined
    return isCatchAll ? 'it matches every call' : 'all of it matches'
  }

  #whyNot(facts: PolicyFacts): string {
    if (this.#when?.holds(facts) !== false) {
      return `it asks ${this.#rule.decide?.name}, which decides nothing here`
    }
    return `it asks for ${this.#rule.when ?? this.#rule.ask?.name}, which is false`
  }
}

function conditionsOf({ tags = {}, ...others }: PolicyMatch): readonly Condition[] {
  const ofFacts = Object.entries(others).map(([name, patterns]) => ({
    says: `it asks for ${name} ${stringify(patterns)}`,
    find: (facts: PolicyFacts) => facts[FACT_OF[name as Matched]],
    matcher: newMatcher(patterns)
  }))
  const ofTags = Object.entries(tags).map(([name, patterns]) => ({
    says: `it asks for tag ${name} ${stringify(patterns)}`,
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
