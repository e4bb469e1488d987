import { AuditError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
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

/** Who has which role, as a file beside the log says it (`<database>.roles.json`). */
export interface AccessRoles {
  /** Roles by their names. */
  readonly roles: { readonly [name: string]: AccessRole }
  /** The role of each person. */
  readonly people: { readonly [person: string]: string }
  /** The role of everybody else; they may not read unless given. */
  readonly others?: string
}

const WHOLE: AccessRole = { contents: 'whole' }
const VIEWS: readonly unknown[] = ['none', 'masked', 'whole']

/** The role of a person; without roles everybody is given whole contents. Throws AuditError `denied`. */
export function roleOf(roles: AccessRoles | undefined, person: string): AccessRole {
  if (!roles) return WHOLE
  const name = Object.hasOwn(roles.people, person) ? roles.people[person] : roles.others
  const role = name === undefined ? undefined : roles.roles[name]
  if (role) return role
  throw new AuditError(
    'denied',
    `${person} has no role that may read this log; whoever looks after it adds one to its roles`
  )
}

/** Reads roles. Throws AuditError `bad_policy` that names the member. */
export function parseRoles(value: unknown): AccessRoles {
  const { roles, people = {}, others, ...more } = objectAt('the roles', value)
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
