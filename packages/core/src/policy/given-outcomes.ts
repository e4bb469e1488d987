import { BoundedMap } from '../base/bounded-map.ts'
import { isObject } from '../base/json.ts'
import { stringify } from '../base/json-text.ts'
import type { Detector } from '../protect/detector.ts'
import { checkEncrypting } from './check-recipients.ts'
import { checkRule } from './check-rule.ts'
import { outcomeOf, type PolicyOutcome } from './outcome.ts'
import type { AskedModule, PolicyDocument, PolicyRule } from './policy-document.ts'
import type { PolicyFacts } from './policy-facts.ts'
import { formatPath, PolicyChecker } from './problems.ts'
import { type GivenOutcome, loadOutcomes } from './when/asked-module.ts'

/** Outcomes that are remembered, and names that a module may give to what decided. */
const MOST_KNOWN = 1_000
const MOST_NAMES = 100

/** The outcomes that a module gives, checked as if a policy said them; each form of one once. */
export class GivenOutcomes {
  readonly #decide: (facts: PolicyFacts) => GivenOutcome | undefined
  readonly #name: string
  readonly #policy: PolicyDocument
  readonly #own: readonly Detector[]
  readonly #known = new BoundedMap<string, PolicyOutcome>(MOST_KNOWN)
  readonly #names = new Set<string>()

  /** Throws TypeError that says what is wrong with the module. `name` is that of the rule that asks it. */
  constructor(asked: AskedModule, name: string, policy: PolicyDocument, own: readonly Detector[]) {
    this.#decide = loadOutcomes(asked)
    this.#name = name
    this.#policy = policy
    this.#own = own
  }

  /** What the module decides; `undefined` where it leaves that to the rules below. Throws Error where it fails. */
  outcomeFor(facts: PolicyFacts): PolicyOutcome | undefined {
    const given = this.#decide(facts)
    if (given === undefined) return undefined
    const key = stringify(given)
    const outcome = this.#known.get(key) ?? this.#checked(given)
    this.#known.set(key, outcome)
    return outcome
  }

  #checked({ rule: name = this.#name, omitsReceived, ...said }: GivenOutcome): PolicyOutcome {
    const rule = { ...said, name, ...(omitsReceived === true && { omitStages: ['received'] }) }
    const checker = new PolicyChecker()
    for (const member of ['match', 'when', 'ask', 'decide', 'omitStages']) {
      if (member in said) checker.refuse([member], 'is no member of an outcome')
    }
    checkRule(
      checker,
      rule,
      [],
      this.#own.map(({ id }) => id)
    )
    const { recipients, retention } = this.#policy
    if (recipients === undefined) checkEncrypting(checker, rule, [])
    const { classes } = retention ?? {}
    if (isObject(classes)) checker.word(said.retention, Object.keys(classes), ['retention'])
    const [problem] = checker.problems
    // Its message may show what the module was given.
    if (problem) throw new TypeError(`${formatPath(problem.path) || 'level'} is none of an outcome`)
    this.#names.add(name)
    if (this.#names.size > MOST_NAMES) throw new RangeError(`it names over ${MOST_NAMES} rules`)
    return outcomeOf(rule as PolicyRule & { name: string }, this.#policy.omitStages, this.#own)
  }
}
