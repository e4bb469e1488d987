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
  const wide = conditionsOf(above)
  const narrow = new Map(conditionsOf(rule))
  return wide.every(([name, patterns]) => {
    const other = narrow.get(name)
    return other !== undefined && covers(patterns, other)
  })
}

type Condition = readonly [name: string, Patterns]

/** What a rule asks for, by names that tell tags from the rest; an expression is one text. */
function conditionsOf({ match = {}, when }: PolicyRule): Condition[] {
  const { tags = {}, ...others } = match
  const ofTags = Object.entries(tags).map(([name, patterns]) => [`tags.${name}`, patterns] as const)
  const all = [...Object.entries({ ...others, when }), ...ofTags]
  return all.flatMap(([name, patterns]) => (patterns === undefined ? [] : [[name, patterns]]))
}

/**
 * Rules by one condition of each, the one that the fewest above it are found by: a policy may have thousands, and
 * comparing each with each takes minutes.
 */
class RulesAbove {
  readonly #byPattern = new Map<string, number[]>()
  /** How long the texts are that patterns have before a `*`. */
  readonly #beginnings = new Set<number>()
  readonly #ofAll: number[] = []

  add(rule: PolicyRule, index: number): void {
    let rarest: Condition | undefined
    let least = Number.POSITIVE_INFINITY
    for (const condition of conditionsOf(rule)) {
      const count = this.#countOf(condition)
      if (count < least) [rarest, least] = [condition, count]
    }
    if (!rarest) this.#ofAll.push(index)
    const [name, patterns] = rarest ?? ['', []]
    for (const pattern of new Set(listOf(patterns))) {
      const known = this.#byPattern.get(`${name} ${pattern}`)
      if (known) known.push(index)
      else this.#byPattern.set(`${name} ${pattern}`, [index])
      if (pattern.endsWith('*')) this.#beginnings.add(pattern.length - 1)
    }
  }

  /** How many rules are found by a pattern of a condition, at most. */
  #countOf([name, patterns]: Condition): number {
    const countOf = (pattern: string) => this.#byPattern.get(`${name} ${pattern}`)?.length ?? 0
    return listOf(patterns).reduce((most, pattern) => Math.max(most, countOf(pattern)), 0)
  }

  /** The first rule that covers a rule, among those that may: they have a pattern that covers one of the rule's. */
  find(covers: (index: number) => boolean, rule: PolicyRule): number | undefined {
    const found = this.#ofAll.filter(covers)
    for (const [name, patterns] of conditionsOf(rule)) {
      const [text = ''] = listOf(patterns)
      const lengths = [...this.#beginnings].filter((length) => length <= text.length)
      const beginnings = lengths.map((length) => `${text.slice(0, length)}*`)
      for (const pattern of new Set([text, ...beginnings])) {
        const first = this.#byPattern.get(`${name} ${pattern}`)?.find(covers)
        if (first !== undefined) found.push(first)
      }
    }
    return found.length === 0 ? undefined : Math.min(...found)
  }
}
