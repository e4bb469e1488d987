import { messageOf } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import type { AskedModule } from '../policy-document.ts'
import type { PolicyFacts } from '../policy-facts.ts'
import { loadDecision } from './asked-module.ts'
import { type CelParsed, loadCel } from './cel.ts'
import { TypeChecker, TypeFlaw } from './check-types.ts'

/** Facts that are texts; unknown ones are empty. */
const TEXTS = [
  'kind',
  'operation',
  'provider',
  'model',
  'tenant',
  'user',
  'session',
  'service',
  'environment',
  'phase',
  'trace',
  'source'
] as const
const LISTS = ['tools', 'groups', 'guardrails', 'verdicts'] as const
/** What of the facts stands in a request. */
const OF_REQUEST = ['kind', 'operation', 'provider', 'model', 'tools', 'source']

/** Longest expression, in UTF-16 code units. */
const MOST_LENGTH = 2_000
/** How deep loops may stand in loops. */
const MOST_DEPTH = 3
/** Most steps that one evaluation may take: a fraction of a millisecond each hundred. */
const MOST_STEPS = 100_000

/** An expression in CEL that was checked. */
export interface Expression {
  /** Whether what it asks for stands in the request. */
  readonly readsRequest: boolean
  /** Whether it holds. Throws Error where it fails for these facts, such as for a tag that is not there. */
  holds(facts: PolicyFacts): boolean
}

/** What a rule asks beside what it matches: its expression, then its module; nothing where it has neither. */
export function predicateOf({
  when,
  ask
}: {
  readonly when?: string | undefined
  readonly ask?: AskedModule | undefined
}): Expression | undefined {
  const expression = when === undefined ? undefined : parseExpression(when)
  if (ask === undefined) return expression
  const decide = loadDecision(ask)
  return {
    readsRequest: true,
    holds: (facts) => expression?.holds(facts) !== false && decide(facts)
  }
}

/** Reads and checks an expression. Throws Error that says what is wrong, and where in the text. */
export function parseExpression(text: string): Expression {
  if (text.length > MOST_LENGTH) throw new TypeError(`must have at most ${MOST_LENGTH} characters`)
  const cel = loadCel()
  const { STRING, DYN } = cel.CelScalar
  const list = cel.listType(STRING)
  const variables = {
    ...Object.fromEntries(TEXTS.map((name) => [name, STRING])),
    ...Object.fromEntries(LISTS.map((name) => [name, list])),
    tags: cel.mapType(STRING, DYN)
  }
  const env = cel.celEnv({ variables })
  const parsed = parsedBy(() => cel.parse(text))
  const checker = new TypeChecker((name) => env.funcs.find(name))
  const scope = new Map(Object.entries(variables).map(([name, type]) => [name, String(type)]))
  const type = typed(checker, parsed, scope, text)
  if (type !== 'bool' && type !== 'dyn')
    throw new TypeError(`is a ${type}, and must be true or false`)
  if (checker.depth > MOST_DEPTH) {
    throw new TypeError(`has loops ${checker.depth} deep, and may have ${MOST_DEPTH}`)
  }
  const run = cel.plan(env, parsed)
  const [, mistake] = /^error parsing regexp: ([^`]*)/.exec(messageOf(run(bindingsOf({})))) ?? []
  if (mistake !== undefined) throw new TypeError(`has a pattern that is none in RE2: ${mistake}`)
  const { nodes, depth } = checker
  return {
    readsRequest: OF_REQUEST.some((name) => checker.names.has(name)),
    holds(facts) {
      const bindings = bindingsOf(facts)
      const longest = Math.max(
        nodes,
        ...[...LISTS.map((name) => bindings[name])].map(lengthOf),
        lengthOf(bindings.tags)
      )
      const steps = nodes * longest ** depth
      if (steps > MOST_STEPS)
        throw new RangeError(`it could take ${steps} steps, and may take ${MOST_STEPS}`)
      const found = run(bindings)
      if (typeof found === 'boolean') return found
      throw new TypeError(whyFailed(found))
    }
  }
}

/** Why an expression failed, without the values that it met. */
function whyFailed(found: unknown): string {
  if (typeof found === 'string' || typeof found === 'number')
    return 'it gave neither true nor false'
  const [missing] = /^field not found: [\w.-]{1,64}$/.exec(messageOf(found)) ?? []
  return missing ?? 'a value is not what it expects'
}

function parsedBy(parse: () => CelParsed): CelParsed {
  try {
    return parse()
  } catch (cause) {
    // Its message begins with a line and a column: `<input>:1:6: found …`.
    const [, column, what] = /^<input>:1:(\d+): ([\s\S]*)$/.exec(messageOf(cause)) ?? []
    const where = column === undefined ? '' : ` at column ${column}`
    throw new SyntaxError(`is no expression in CEL${where}: ${what ?? messageOf(cause)}`, { cause })
  }
}

function typed(
  checker: TypeChecker,
  parsed: CelParsed,
  scope: ReadonlyMap<string, string>,
  text: string
): string {
  try {
    return checker.typeOf(parsed.expr, scope)
  } catch (cause) {
    if (!(cause instanceof TypeFlaw)) throw cause
    const at = parsed.sourceInfo?.positions[String(cause.node.id)] ?? 0
    // The place of an operator is that of the blanks before it.
    const column = at + (text.slice(at).search(/\S/) + 1)
    throw new TypeError(`has a mistake at column ${column}: ${cause.message}`, { cause })
  }
}

function bindingsOf(facts: PolicyFacts): { readonly [name: string]: unknown } {
  const listOf = (found: string | readonly string[] | undefined) =>
    typeof found === 'string' ? [found] : [...(found ?? [])]
  return {
    ...Object.fromEntries(TEXTS.map((name) => [name, facts[name] ?? ''])),
    ...Object.fromEntries(LISTS.map((name) => [name, listOf(facts[name])])),
    tags: celOf(facts.tags ?? {})
  }
}

/** Values as CEL takes them: maps for objects. */
function celOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(celOf)
  if (isObject(value))
    return new Map(Object.entries(value).map(([name, one]) => [name, celOf(one)]))
  return value === undefined ? null : value
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return Math.max(value.length, ...value.map(lengthOf))
  return value instanceof Map ? Math.max(value.size, ...[...value.values()].map(lengthOf)) : 0
}
