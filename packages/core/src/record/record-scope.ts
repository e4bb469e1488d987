import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { AuditRecord } from './record.ts'

/**
 * Which records are meant by an erasure or a hold: those of the calls that all of what is given holds for, and with them
 * what is said of these, in whatever context.
 */
export interface RecordScope {
  /** User of the context that the calls ran in. */
  readonly user?: string
  /** Tenant of that context. */
  readonly tenant?: string
  /** Session of that context. */
  readonly session?: string
  /** The calls themselves, by auditId in full. */
  readonly calls?: readonly string[]
}

/** The members of a scope that are compared with the context of a call. */
export const SCOPED_CONTEXT = ['user', 'tenant', 'session'] as const

/** A member of a scope as headers have it: what is no Unicode text, such as half of a surrogate pair, is stored as U+FFFD. */
export function scopedValue(
  scope: RecordScope,
  name: (typeof SCOPED_CONTEXT)[number]
): string | undefined {
  return scope[name]?.toWellFormed()
}

/** The word that a record keeps of a scope: what was named, never the value. */
export function nameOfScope({ calls, ...context }: RecordScope): string {
  const names = SCOPED_CONTEXT.filter((name) => context[name] !== undefined)
  return [...names, ...(calls ? ['call'] : [])].join('+')
}

/** Throws AuditError `bad_option` for a scope that would mean all calls, or that cannot be read. `of` is what has it. */
export function checkScope(scope: RecordScope, of: string): void {
  for (const name of SCOPED_CONTEXT) {
    const value = scope[name]
    if (value === undefined || (typeof value === 'string' && value !== '')) continue
    throw new AuditError('bad_option', `scope.${name} must be a text that is not empty`)
  }
  if (nameOfScope(scope) !== '') return
  const message = `the scope of ${of} is empty; name a user, a session, a tenant or calls`
  throw new AuditError('bad_option', message)
}

/** Reads a scope that was stored; `undefined` for what is none. */
export function readScope(value: unknown): RecordScope | undefined {
  if (!isObject(value)) return undefined
  const { calls } = value
  const context = SCOPED_CONTEXT.flatMap((name) =>
    typeof value[name] === 'string' ? [[name, value[name]] as const] : []
  )
  const ids = Array.isArray(calls) ? calls.filter((each) => typeof each === 'string') : undefined
  const scope: RecordScope = { ...Object.fromEntries(context), ...(ids && { calls: ids }) }
  return nameOfScope(scope) === '' ? undefined : scope
}

/** Tells whether a record is in a scope; the record's members are those of its header. */
export function scopeTest(
  scope: RecordScope
): (record: Pick<AuditRecord, 'auditId' | 'parent' | 'stage' | 'context'>) => boolean {
  const calls = scope.calls && new Set(scope.calls)
  const named = SCOPED_CONTEXT.flatMap((name) => {
    const value = scopedValue(scope, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return ({ auditId, parent, stage, context }) =>
    named.every(([name, value]) => context?.[name] === value) &&
    (!calls || calls.has(auditId) || (stage === 'event' && calls.has(parent ?? '')))
}
