import { isObject } from '../../base/json.ts'
import { loadFunction } from '../../protect/own-detectors.ts'
import type { AskedModule, PolicyRule } from '../policy-document.ts'
import type { PolicyFacts } from '../policy-facts.ts'

/** Says whether a rule matches a call. It must not wait, and where it throws, its rule decides and headers alone are recorded. */
export type DecideByFacts = (facts: PolicyFacts, options?: unknown) => boolean

/**
 * An outcome as a module gives it: the members of a `PolicyOutcome` as JSON, detectors by their names. `level` is
 * needed; without `rule` the name of the rule that asks stands on the records.
 */
export type GivenOutcome = {
  /** The name of what decided. */
  readonly rule?: string
  /** Whether the record `received` is left out. */
  readonly omitsReceived?: boolean
} & Omit<PolicyRule, 'name' | 'match' | 'when' | 'ask' | 'decide' | 'omitStages'>

/**
 * Gives what is done with a call; `undefined` leaves that to the rules below. It must not wait, and where it throws,
 * the rule's own members hold, and headers alone are recorded.
 */
export type DecideOutcome = (facts: PolicyFacts, options?: unknown) => GivenOutcome | undefined

/**
 * The function that a rule asks whether it matches. Throws TypeError that says what is wrong; what the module's own
 * `check` of the options throws, where it exports one, passes through.
 */
export function loadDecision(asked: AskedModule): (facts: PolicyFacts) => boolean {
  const decide = loadFunction(asked.module, asked.name) as DecideByFacts
  const options = checkedOptions(asked)
  return (facts) => {
    const found: unknown = decide(facts, options)
    if (typeof found === 'boolean') return found
    throw new TypeError('the module gave neither true nor false')
  }
}

/** The function that a rule has outcomes from. Throws as `loadDecision` does. */
export function loadOutcomes(asked: AskedModule): (facts: PolicyFacts) => GivenOutcome | undefined {
  const decide = loadFunction(asked.module, asked.name) as DecideOutcome
  const options = checkedOptions(asked)
  return (facts) => {
    const found: unknown = decide(facts, options)
    if (found === undefined || isObject(found)) return found as GivenOutcome | undefined
    throw new TypeError('the module gave no outcome')
  }
}

/**
 * The options of a module as its own `check` gives them, where it has one that does: with the digest of a file that
 * they name, so that the policy's digest is of what the file says. Throws what `check` throws.
 */
export function checkedOptions({ module, options }: AskedModule): unknown {
  return loadFunction(module, 'check', 'optional')?.(options) ?? options
}
