import { createRequire } from 'node:module'
import type { PolicyFacts } from '@slm-audit/core'
import { readPinnedFile } from '@slm-audit/core/node'
import type { AccessRole, ReaderFacts } from '@slm-audit/core/reader'

/** What `permits` and `forbids` are given by a rule. */
export interface CedarOptions {
  /** Policies in Cedar, as text. */
  readonly policies?: string
  /** The path of their file, in place of the text. */
  readonly file?: string
  /** SHA-256 of the file, in hexadecimal digits. `check` adds it, and every thread then takes this very file. */
  readonly digest?: string
}

type CedarValue = string | boolean | number | CedarValue[] | { [name: string]: CedarValue }

/** What is used of `@cedar-policy/cedar-wasm`. */
interface Cedar {
  checkParsePolicySet(set: { readonly staticPolicies: string }): Answer
  isAuthorized(request: object): Answer & {
    readonly response?: {
      readonly decision: string
      readonly diagnostics: { readonly errors: readonly unknown[] }
    }
  }
}

interface Answer {
  readonly type: string
  readonly errors?: readonly {
    readonly message: string
    readonly sourceLocations?: readonly { readonly start: number }[]
  }[]
}

// The form for Node loads its WebAssembly at once.
const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Cedar
const files = new Map<string, string>()

/** Whether Cedar allows a call. Throws Error where a policy cannot be evaluated for it. */
export function permits(facts: PolicyFacts, options: CedarOptions): boolean {
  return isAllowed(requestOf(facts), options, 'this call')
}

function isAllowed(request: object, options: CedarOptions, what: string): boolean {
  const answer = cedar.isAuthorized({
    ...request,
    policies: { staticPolicies: textOf(options) }
  })
  const { decision, diagnostics } = answer.response ?? {}
  // A policy that fails is passed over by Cedar: a `forbid` of it would be lost.
  if (decision === undefined || diagnostics?.errors.length !== 0) {
    throw new Error(`a policy in Cedar cannot be evaluated for ${what}`)
  }
  return decision === 'allow'
}

/** Whether Cedar denies a call, as it does unless a policy permits it. Throws as `permits` does. */
export function forbids(facts: PolicyFacts, options: CedarOptions): boolean {
  return !permits(facts, options)
}

/** What `reader` is given by the roles of a log. */
export interface ReaderOptions extends CedarOptions {
  /** Groups, and who is in them. */
  readonly groups?: { readonly [group: string]: readonly string[] }
}

/** Contents that somebody may be permitted to read, the most first. */
const VIEWS = ['whole', 'masked', 'none'] as const

/** A reason, where it is asked whether one would do. */
const SOME_REASON = 'said'

/**
 * What somebody may read of a log: the most of the contents that Cedar permits them. `undefined` for whoever is permitted
 * nothing, with a reason or without. Throws Error where a policy cannot be evaluated.
 */
export function reader(
  facts: ReaderFacts,
  { groups = {}, ...options }: ReaderOptions
): AccessRole | undefined {
  const may = (action: string, view: string, reason = facts.reason): boolean => {
    const principal = { type: 'User', id: facts.by }
    const parents = Object.keys(groups)
      .filter((group) => groups[group]?.includes(facts.by))
      .map((id) => ({ type: 'Group', id }))
    const context = {
      ...(facts.user !== undefined && { user: facts.user }),
      ...(reason !== undefined && { reason })
    }
    return isAllowed(
      {
        principal,
        action: { type: 'Action', id: action },
        resource: { type: 'Contents', id: view },
        context,
        entities: entitiesOf(principal, parents)
      },
      options,
      'this reader'
    )
  }
  const mayBreakGlass = may('breakGlass', 'whole', facts.reason ?? SOME_REASON)
  // A reason that was said is the only one: what is forbidden for it is not given for another.
  for (const reason of facts.reason === undefined ? [undefined, SOME_REASON] : [facts.reason]) {
    const contents = VIEWS.find((view) => may('read', view, reason))
    if (contents) return { contents, needsReason: reason !== facts.reason, mayBreakGlass }
  }
  return undefined
}

/** The options with the digest of their file. Throws TypeError that says what is wrong with them, with the line of a policy. */
export function check(options: unknown): CedarOptions {
  const given = (options ?? {}) as ReaderOptions
  const { file } = given
  if (given.groups !== undefined && !areGroups(given.groups))
    throw new TypeError('needs options.groups with a list of people for each group')
  const isFile = given.policies === undefined && typeof file === 'string'
  const pinned = isFile ? { ...given, digest: readPinnedFile(file, given.digest).digest } : given
  const text = textOf(pinned)
  const { type, errors = [] } = cedar.checkParsePolicySet({ staticPolicies: text })
  if (type === 'success') return pinned
  const [first] = errors
  const start = first?.sourceLocations?.[0]?.start
  const line = start === undefined ? '' : ` on line ${text.slice(0, start).split('\n').length}`
  throw new TypeError(`is not in Cedar${line}: ${first?.message ?? 'it cannot be read'}`)
}

/** A text in place of a list would have everybody in the group whose name it holds. */
function areGroups(groups: unknown): boolean {
  if (typeof groups !== 'object' || groups === null || Array.isArray(groups)) return false
  return Object.values(groups).every(
    (people) => Array.isArray(people) && people.every((each) => typeof each === 'string')
  )
}

function textOf({ policies, file, digest }: CedarOptions): string {
  if (typeof policies === 'string') return policies
  if (typeof file !== 'string')
    throw new TypeError('needs options.policies, a text in Cedar, or options.file')
  const key = `${digest} ${file}`
  const known = files.get(key) ?? new TextDecoder().decode(readPinnedFile(file, digest).bytes)
  files.set(key, known)
  return known
}

/** A call as Cedar is asked about it. */
function requestOf(facts: PolicyFacts): object {
  const { kind, operation = '', model = '', user = '', groups, tools } = facts
  const tool = kind === 'tool' && typeof tools === 'string' ? tools : undefined
  const principal = { type: 'User', id: user }
  const parents = listOf(groups).map((id) => ({ type: 'Group', id }))
  return {
    principal,
    action: { type: 'Action', id: operation },
    resource: tool === undefined ? { type: 'Model', id: model } : { type: 'Tool', id: tool },
    context: contextOf(facts),
    entities: entitiesOf(principal, parents)
  }
}

interface Uid {
  readonly type: string
  readonly id: string
}

function entitiesOf(principal: Uid, parents: readonly Uid[]): object[] {
  const groups = parents.map((uid) => ({ uid, attrs: {}, parents: [] }))
  return [{ uid: principal, attrs: {}, parents }, ...groups]
}

/** The other facts; unknown ones are absent, so that policies ask `context has tenant`. */
function contextOf(facts: PolicyFacts): { [name: string]: CedarValue } {
  const { tags = {}, tools, groups: _, user: __, operation: ___, model: ____, ...texts } = facts
  const known = Object.entries(texts).filter(([, value]) => typeof value === 'string')
  return {
    ...(Object.fromEntries(known) as { [name: string]: string }),
    tools: [...listOf(tools)],
    tags: Object.fromEntries(
      Object.entries(tags).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(plain) : plain(value)
      ])
    )
  }
}

/** Cedar has whole numbers, and no other. */
function plain(value: unknown): CedarValue {
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return value as boolean | number
  return String(value)
}

function listOf(found: string | readonly string[] | undefined): readonly string[] {
  return typeof found === 'string' ? [found] : (found ?? [])
}
