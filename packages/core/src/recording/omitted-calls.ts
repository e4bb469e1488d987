import type { LogFacts } from './frame-facts.ts'

/** Kind of the record that counts what a policy left out. */
export const OMITTED = 'policy.omitted'

/** So often the count is recorded while calls come, in milliseconds. */
const HOUR_MS = 3_600_000

/** How much one policy left out. */
export interface OmittedCount {
  /** SHA-256 of the policy, see `Policy`. */
  readonly digest: string
  /** How many calls and annotations each rule left out. */
  readonly rules: { readonly [rule: string]: number }
}

/** What the record of a count says. */
export interface OmittedEvent {
  /** When the first and the last of them was, UTC. */
  readonly from: string
  readonly to: string
  readonly policies: readonly OmittedCount[]
}

/**
 * Counts the calls that a policy leaves out by its rules, so that what is not recorded on purpose can be told
 * from what was lost.
 */
export class OmittedCalls {
  readonly #rules = new Map<string, Map<string, number>>()
  #log: LogFacts | undefined
  #from = 0
  #to = 0

  /** Counts one of a log. `at` is Unix time in milliseconds. */
  add(log: LogFacts, digest: string, rule: string, at: number): void {
    if (this.#log === undefined) this.#from = at
    this.#log = log
    this.#to = Math.max(this.#from, at)
    const rules = this.#rules.get(digest) ?? new Map<string, number>()
    this.#rules.set(digest, rules)
    rules.set(rule, (rules.get(rule) ?? 0) + 1)
  }

  /** Whether the oldest one was counted an hour ago. */
  isDue(at: number): boolean {
    return this.#log !== undefined && at - this.#from >= HOUR_MS
  }

  /** The count so far, and the log that it is of; counting begins anew. */
  take(): { readonly log: LogFacts; readonly event: OmittedEvent & EventMembers } | undefined {
    const log = this.#log
    if (log === undefined) return undefined
    const policies = [...this.#rules].map(([digest, rules]) => ({
      digest,
      rules: Object.fromEntries(rules)
    }))
    this.#rules.clear()
    this.#log = undefined
    return { log, event: { from: instant(this.#from), to: instant(this.#to), policies } }
  }
}

type EventMembers = { readonly [name: string]: unknown }

function instant(at: number): string {
  return new Date(at).toISOString()
}
