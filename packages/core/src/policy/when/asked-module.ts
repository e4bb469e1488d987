import { loadFunction } from '../../protect/own-detectors.ts'
import type { AskedModule } from '../policy-document.ts'
import type { PolicyFacts } from '../policy-facts.ts'

/** Says whether a rule matches a call. It must not wait, and where it throws, its rule decides and headers alone are recorded. */
export type DecideByFacts = (facts: PolicyFacts, options?: unknown) => boolean

/**
 * The function that a rule asks. Throws TypeError that says what is wrong; what the module's own `check` of the options
 * throws, where it exports one, passes through.
 */
export function loadDecision({
  module,
  name,
  options
}: AskedModule): (facts: PolicyFacts) => boolean {
  const decide = loadFunction(module, name) as DecideByFacts
  const check = loadFunction(module, 'check', 'optional')
  check?.(options)
  return (facts) => {
    const found: unknown = decide(facts, options)
    if (typeof found === 'boolean') return found
    throw new TypeError('the module gave neither true nor false')
  }
}
