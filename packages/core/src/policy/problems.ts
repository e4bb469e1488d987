import { nearestName } from '../base/check-options.ts'
import { isObject } from '../base/json.ts'

/** Where something stands in a policy: names of members and indices of lists. */
export type PolicyPath = readonly (string | number)[]

/** Something that a policy says and may not. */
export interface PolicyProblem {
  /** Where in the policy. */
  readonly path: PolicyPath
  /** What is wrong, and what to do. */
  readonly message: string
}

/** A path as people read it: `rules[2].match.models[0]`. */
export function formatPath(path: PolicyPath): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return text.startsWith('.') ? text.slice(1) : text
}

/** Collects what is wrong with a policy, so that its author learns all of it at once. */
export class PolicyChecker {
  readonly problems: PolicyProblem[] = []
  /** Whether nobody has checked the policy before: what takes long is looked at then alone. */
  readonly isNew: boolean

  constructor(isNew = true) {
    this.isNew = isNew
  }

  /** Notes a problem. */
  refuse(path: PolicyPath, message: string): void {
    this.problems.push({ path, message })
  }

  /** Whether a value is an object of known members. */
  isObjectOf(
    value: unknown,
    known: readonly string[],
    path: PolicyPath
  ): value is { readonly [name: string]: unknown } {
    if (!isObject(value)) {
      this.refuse(path, `must be an object of ${known.join(', ')}`)
      return false
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue
      const near = nearestName(name, known)
      const hint = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`
      this.refuse([...path, name], `is no field of a policy; ${hint}`)
    }
    return true
  }

  /** Notes a value that is none of some words. Absent values pass. */
  word(value: unknown, words: readonly string[], path: PolicyPath): void {
    if (value === undefined || words.includes(value as string)) return
    const near = typeof value === 'string' ? nearestName(value, words) : undefined
    const hint = near ? `; did you mean ${near}?` : ''
    this.refuse(path, `must be ${oneOf(words)}, not ${shown(value)}${hint}`)
  }

  /** Notes a value that is no list of some words. Absent values pass. */
  words(value: unknown, words: readonly string[], path: PolicyPath): void {
    if (value === undefined) return
    if (!Array.isArray(value)) this.refuse(path, `must be a list of ${words.join(', ')}`)
    else for (const [index, one] of value.entries()) this.word(one, words, [...path, index])
  }

  /** Notes a value that is no number from `least` to `most`. Absent values pass. */
  number(value: unknown, least: number, most: number, path: PolicyPath): void {
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most))
      return
    this.refuse(path, `must be a number from ${least} to ${most}, not ${shown(value)}`)
  }

  /** Notes a value that is no text with something in it. Absent values pass. */
  text(value: unknown, path: PolicyPath): void {
    if (value === undefined || (typeof value === 'string' && value !== '')) return
    this.refuse(path, `must be a text, not ${shown(value)}`)
  }
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`
}

/** A value in a message: what people wrote, but not much of it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : String(value)
}
