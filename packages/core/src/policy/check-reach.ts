import { covers, listOf } from './pattern.ts'
import type { Patterns, PolicyRule } from './policy-document.ts'
import type { PolicyChecker } from './problems.ts'

/** Notes rules that no call reaches, because one above takes all that they match. Takes rules without flaws. */
export function checkReach(checker: PolicyChecker, rules: readonly PolicyRule[]): void {
  const above = new RulesAbove()
  rules.forEach((rule, index) => {
    const wide = above.find((other) => isCovered(rules[other] as PolicyRule, rule), rule)
    above.add(rule, index)
    if (wide === undefined) return
    const name = rules[wide]?.name ?? `rule-${wide + 1}`
    const next = 'move it up, or take it out'
    checker.refuse(['rules', index], `is never reached: ${name} matches all of it first; ${next}`)
  })
}

function isCovered(above: PolicyRule, rule: PolicyRule): boolean {
  if ((above.ask ?? above.decide) !== undefined) return false
  if (above.when !== undefined && above.when !== rule.when) return false
  const wide = conditionsOf(above)
  const narrow = new Map(conditionsOf(rule))
  return wide.every(([name, patterns]) => {
    const other = narrow.get(name)
    return other !== undefined && covers(patterns, other)
  })
}

/** What a rule asks for, by names that tell tags from the rest. */
function conditionsOf({ match = {} }: PolicyRule): (readonly [name: string, Patterns])[] {
  const { tags = {}, ...others } = match
  const ofTags = Object.entries(tags).map(([name, patterns]) => [`tags.${name}`, patterns] as const)
  return [...Object.entries(others), ...ofTags].filter(([, patterns]) => patterns !== undefined)
}

/**
 * Rules by what their first condition asks for: a policy may have thousands, and comparing each with each takes minutes.
 */
class RulesAbove {
  readonly #byPattern = new Map<string, number[]>()
  readonly #ofAll: number[] = []

  add(rule: PolicyRule, index: number): void {
    const [first] = conditionsOf(rule)
    if (!first) this.#ofAll.push(index)
    for (const pattern of new Set(first ? listOf(first[1]) : [])) {
      const key = `${first?.[0]} ${pattern}`
      const known = this.#byPattern.get(key)
      if (known) known.push(index)
      else this.#byPattern.set(key, [index])
    }
  }

  /** The first rule that covers a rule, among those that may: they have a pattern that covers one of the rule's. */
  find(covers: (index: number) => boolean, rule: PolicyRule): number | undefined {
    const found = this.#ofAll.filter(covers)
    for (const [name, patterns] of conditionsOf(rule)) {
      const [text = ''] = listOf(patterns)
      const prefixes = Array.from({ length: text.length + 1 }, (_, end) => `${text.slice(0, end)}*`)
      for (const pattern of new Set([text, ...prefixes])) {
        const first = this.#byPattern.get(`${name} ${pattern}`)?.find(covers)
        if (first !== undefined) found.push(first)
      }
    }
    return found.length === 0 ? undefined : Math.min(...found)
  }
}
