import { AuditError, messageOf } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import { loadFunction } from '../../protect/own-detectors.ts'
import type { ContentsView } from '../../record/access-record.ts'

/** What a role may. */
export interface AccessRole {
  /** The most of the contents that it is given. */
  readonly contents: ContentsView
  /** Whether it must say why it reads; it need not unless given. */
  readonly needsReason?: boolean
  /** Whether it may break the glass; it may unless given. */
  readonly mayBreakGlass?: boolean
}

/** What a module that gives roles is told of somebody who reads. */
export interface ReaderFacts {
  /** Who reads. */
  readonly by: string
  /** The operating system's user, where that is another name. */
  readonly user?: string
  /** Why, where it was said. */
  readonly reason?: string
}

/** Gives somebody a role; `undefined` for whoever may not read. It must not wait. */
export type GiveRole = (facts: ReaderFacts) => AccessRole | undefined

/** Who has which role, as a file beside the log says it (`<database>.roles.json`). */
export interface AccessRoles {
  /** Roles by their names. */
  readonly roles: { readonly [name: string]: AccessRole }
  /** The role of each person. */
  readonly people: { readonly [person: string]: string }
  /** The role of everybody else; they may not read unless given. */
  readonly others?: string
  /** What gives roles in place of these lists: a function of a module. */
  readonly give?: GiveRole
}

const WHOLE: AccessRole = { contents: 'whole' }
const VIEWS: readonly unknown[] = ['none', 'masked', 'whole']

/**
 * The role of somebody; without roles everybody is given whole contents. Throws AuditError `denied`, and `bad_policy` where
 * a module cannot say.
 */
export function roleOf(roles: AccessRoles | undefined, facts: ReaderFacts): AccessRole {
  if (!roles) return WHOLE
  const { by: person } = facts
  const name = Object.hasOwn(roles.people, person) ? roles.people[person] : roles.others
  const listed = name === undefined ? undefined : roles.roles[name]
  const role = roles.give ? roles.give(facts) : listed
  if (role) return role
  throw new AuditError(
    'denied',
    `${person} has no role that may read this log; whoever looks after it adds one to its roles`
  )
}

/** Reads roles. Throws AuditError `bad_policy` that names the member. */
export function parseRoles(value: unknown): AccessRoles {
  const given = objectAt('the roles', value)
  if (Object.hasOwn(given, 'ask')) return { roles: {}, people: {}, give: askedFor(given) }
  const { roles, people = {}, others, ...more } = given
  refuseMore('the roles', more, 'roles, people and others')
  const named = Object.entries(objectAt('roles', roles)).map(
    ([name, role]) => [name, parseRole(`roles.${name}`, role)] as const
  )
  const known = new Map(named)
  const check = (at: string, name: unknown): string => {
    if (typeof name === 'string' && known.has(name)) return name
    throw bad(`${at} must name one of the roles ${[...known.keys()].join(', ')}`)
  }
  const of = Object.entries(objectAt('people', people)).map(([person, name]) => [
    person,
    check(`people.${person}`, name)
  ])
  return {
    roles: Object.fromEntries(named),
    people: Object.fromEntries(of),
    ...(others !== undefined && { others: check('others', others) })
  }
}

/** What asks a module for roles. */
function askedFor({ ask, ...more }: { readonly [name: string]: unknown }): GiveRole {
  refuseMore('the roles', more, 'ask, or roles, people and others')
  const { module, name = 'reader', options, ...rest } = objectAt('ask', ask)
  refuseMore('ask', rest, 'module, name and options')
  if (typeof module !== 'string' || typeof name !== 'string')
    throw bad('ask.module must be a package or an absolute path, and ask.name a text')
  const give = said(() => loadFunction(module, name) as (...args: unknown[]) => unknown)
  const check = said(() => loadFunction(module, 'check', 'optional'))
  const checked = check ? said(() => check(options)) : options
  return (facts) => {
    const role = said(() => give(facts, checked))
    return role === undefined ? undefined : parseRole(`what ${module} gives`, role)
  }
}

/** What a module says, or why it cannot, as AuditError `bad_policy`. */
function said<T>(ask: () => T): T {
  try {
    return ask()
  } catch (cause) {
    throw new AuditError('bad_policy', `ask ${messageOf(cause)}`, { cause })
  }
}

function parseRole(at: string, value: unknown): AccessRole {
  const { contents, needsReason, mayBreakGlass, ...more } = objectAt(at, value)
  refuseMore(at, more, 'contents, needsReason and mayBreakGlass')
  if (!isView(contents)) throw bad(`${at}.contents must be none, masked or whole`)
  for (const [name, flag] of Object.entries({ needsReason, mayBreakGlass })) {
    if (flag !== undefined && typeof flag !== 'boolean')
      throw bad(`${at}.${name} must be true or false`)
  }
  return {
    contents,
    needsReason: needsReason === true,
    mayBreakGlass: mayBreakGlass !== false
  }
}

function isView(value: unknown): value is ContentsView {
  return VIEWS.includes(value)
}

function objectAt(at: string, value: unknown): { readonly [name: string]: unknown } {
  if (isObject(value) && !Array.isArray(value)) return value
  throw bad(`${at} must be an object`)
}

function refuseMore(at: string, more: object, known: string): void {
  const [name] = Object.keys(more)
  if (name !== undefined) throw bad(`${at}: there is no member ${name}; it has ${known}`)
}

function bad(problem: string): AuditError {
  return new AuditError('bad_policy', problem)
}
