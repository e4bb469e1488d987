import { BoundedMap } from '../base/bounded-map.ts'
import { isObject, setMember } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import type { Detector, Found } from './detector.ts'
import { findAll, findNamed, join, type NamedSearch, namedSearch } from './find.ts'
import { type Operator, type OperatorKey, replace } from './operators.ts'
import { TimeLimit } from './time-limit.ts'
import { isStopped, within } from './within.ts'

/** What to look for, and what becomes of it. */
export interface RedactStep {
  /** What finds values. */
  readonly detectors: readonly Detector[]
  /** What becomes of them. */
  readonly operator: Operator
  /** How many of the last letters and digits `mask` keeps. */
  readonly keep: number
}

/** A place where something was found: what, how often, and what became of it. */
export interface Redaction {
  /** JSON Pointer, from the value on. */
  readonly pointer: string
  /** What found it. */
  readonly detector: string
  /** What became of it. */
  readonly operator: Operator
  /** How many values. */
  readonly count: number
}

/** Thrown where a value takes longer than it may. */
export class TooSlow extends Error {}

/** Steps, made ready. */
interface Plan {
  readonly detectors: readonly Detector[]
  readonly stepOf: ReadonlyMap<Detector, RedactStep>
  /** What looks at members by their names; `null` for a name that nothing looks at. */
  readonly searches: BoundedMap<string, NamedSearch | null>
  /** Found in every text that one of the detectors finds something in; absent where one may find anything. */
  readonly hint: RegExp | undefined
  /** Whether one of the detectors may take any time. */
  readonly mayHang: boolean
  /** Whether one did: it gets no second try any more. */
  hasHung: boolean
}

const HINT = /[\p{Nd}@＠_/-]|PRIVATE KEY|eyJ/u

/** Steps are those of a rule, which decides about many records. */
const plans = new WeakMap<readonly RedactStep[], Plan>()

function planOf(steps: readonly RedactStep[]): Plan {
  const known = plans.get(steps)
  if (known) return known
  const stepOf = new Map<Detector, RedactStep>()
  for (const step of steps) {
    for (const detector of step.detectors) if (!stepOf.has(detector)) stepOf.set(detector, step)
  }
  const detectors = [...stepOf.keys()]
  const areOurs = detectors.every(({ isOwn }) => isOwn !== true)
  const mayHang = detectors.some((one) => one.mayHang === true)
  const searches = new BoundedMap<string, NamedSearch | null>(MOST_NAMES)
  const plan = {
    detectors,
    searches,
    stepOf,
    hint: areOurs ? HINT : undefined,
    mayHang,
    hasHung: false
  }
  plans.set(steps, plan)
  return plan
}

/** Names of members that are remembered. */
const MOST_NAMES = 1_000
/** A longer name is not: a thousand of them would fill the memory. */
const MOST_REMEMBERED = 200
/** JSON in strings is looked into so many times over. */
const DEPTH = 4
/** Objects in objects are looked into so deep. */
const LEVELS = 500

/**
 * Takes what detectors find out of texts and out of JSON, with the JSON that stands in strings. Throws what a detector
 * throws, and `TooSlow`: what was given must then not be kept.
 */
export class Redactor {
  #redactions: Redaction[] = []
  readonly #plan: Plan
  readonly #key: OperatorKey
  readonly #mostMs: number
  /** From the first text on that is looked through. */
  #limit: TimeLimit | undefined

  /** @param mostMs How long all of it may compute, in milliseconds. */
  constructor(steps: readonly RedactStep[], key: OperatorKey, mostMs: number) {
    this.#key = key
    this.#mostMs = mostMs
    this.#plan = planOf(steps)
  }

  /** What was found so far. */
  get redactions(): readonly Redaction[] {
    return this.#redactions
  }

  /**
   * Runs `look`, which looks through values by this, and stops it when it takes too long: it may run more than once, where
   * the machine was busy with others. Throws what it throws.
   */
  guarded<T>(look: () => T): T {
    if (!this.#plan.mayHang) return look()
    const again = () => {
      this.#redactions = []
      this.#limit = undefined
      return look()
    }
    try {
      return within(this.#mostMs, again, this.#plan.hasHung ? 1 : undefined)
    } catch (cause) {
      this.#plan.hasHung ||= isStopped(cause)
      throw cause
    }
  }

  /** A text without what is found in it; the text itself where nothing is. `name` is that of the member that it is. */
  text(text: string, pointer: string, name?: string): string {
    if (this.#plan.hint?.test(text) === false) return text
    this.#limit ??= new TimeLimit(this.#mostMs)
    if (this.#limit.isOver) throw new TooSlow('the detectors took too long')
    const found = this.#found(text, name)
    if (this.#limit.isOver) throw new TooSlow('the detectors took too long')
    if (found.length === 0) return text
    this.#note(found, pointer)
    let rest = ''
    let at = 0
    for (const { start, end, detector } of found) {
      rest += text.slice(at, start) + this.#instead(text.slice(start, end), detector)
      at = end
    }
    return rest + text.slice(at)
  }

  #found(text: string, name: string | undefined): Found[] {
    const found = findAll(text, this.#plan.detectors)
    const search = name === undefined ? undefined : this.#searchFor(name)
    const named = search ? findNamed(text, search) : []
    return named.reduce(join, found).sort((one, other) => one.start - other.start)
  }

  #searchFor(name: string): NamedSearch | undefined {
    const { detectors, searches } = this.#plan
    const known = searches.get(name)
    if (known !== undefined) return known ?? undefined
    const search = namedSearch(name, detectors)
    if (name.length <= MOST_REMEMBERED) searches.set(name, search ?? null)
    return search
  }

  /** A JSON value without what is found in it, names of members included; the value itself where nothing is. */
  json(value: unknown, pointer: string, depth = 0, level = 0, name?: string): unknown {
    if (typeof value === 'string') return this.#string(value, pointer, depth, name)
    if (typeof value === 'number') return this.#number(value, pointer, name)
    if (level > LEVELS) throw new TooSlow('the value is nested too deep')
    if (Array.isArray(value)) return this.#list(value, pointer, depth, level)
    return isObject(value) ? this.#members(value, pointer, depth, level) : value
  }

  #string(text: string, pointer: string, depth: number, name: string | undefined): string {
    const inner = depth < DEPTH ? parsedJson(text) : undefined
    if (inner === undefined) return this.text(text, pointer, name)
    const redacted = this.json(inner, pointer, depth + 1)
    return redacted === inner ? text : stringify(redacted)
  }

  /** A card may be written as a number. */
  #number(value: number, pointer: string, name: string | undefined): unknown {
    if (!Number.isInteger(value) || Math.abs(value) < 1e7) return value
    const text = String(value)
    const redacted = this.text(text, pointer, name)
    return redacted === text ? value : redacted
  }

  #list(items: readonly unknown[], pointer: string, depth: number, level: number): unknown {
    let copy: unknown[] | undefined
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      const redacted = this.json(item, `${pointer}/${index}`, depth, level + 1)
      if (redacted === item) continue
      copy ??= [...items]
      copy[index] = redacted
    }
    return copy ?? items
  }

  #members(
    members: { readonly [name: string]: unknown },
    pointer: string,
    depth: number,
    level: number
  ): unknown {
    const copy: { [name: string]: unknown } = {}
    let isSame = true
    for (const name of Object.keys(members)) {
      const member = members[name]
      const safe = this.text(name, pointer)
      const step = safe.replaceAll('~', '~0').replaceAll('/', '~1')
      const redacted = this.json(member, `${pointer}/${step}`, depth, level + 1, name)
      isSame &&= redacted === member && safe === name
      setMember(
        copy,
        Object.hasOwn(copy, safe) ? `${safe} (${Object.keys(copy).length})` : safe,
        redacted
      )
    }
    return isSame ? members : copy
  }

  #instead(value: string, detector: Detector): string {
    const { operator = 'remove', keep = 0 } = this.#plan.stepOf.get(detector) ?? {}
    return replace(value, detector, operator, keep, this.#key)
  }

  #note(found: readonly Found[], pointer: string): void {
    for (const [detector, all] of Map.groupBy(found, (one) => one.detector)) {
      const { operator = 'remove' } = this.#plan.stepOf.get(detector) ?? {}
      this.#redactions.push({ pointer, detector: detector.id, operator, count: all.length })
    }
  }
}

/** The JSON object or list that a text is; `undefined` for any other text. */
function parsedJson(text: string): unknown {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[') return undefined
  try {
    return parse(text) as unknown
  } catch {
    // It only begins like JSON.
    return undefined
  }
}
