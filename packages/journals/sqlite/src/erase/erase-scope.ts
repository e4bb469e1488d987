import { AuditError } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'

/** Whose contents are erased: those of the calls that all of what is given holds for. */
export interface EraseScope {
  /** User of the context that the calls ran in. */
  readonly user?: string
  /** Tenant of that context. */
  readonly tenant?: string
  /** Session of that context. */
  readonly session?: string
  /** The calls themselves, by auditId in full; what is noted about them is erased with them. */
  readonly calls?: readonly string[]
}

const AMONG = 'IN (SELECT value FROM json_each(?))'
const MEMBERS = ['user', 'tenant', 'session'] as const

/** A record of the scope: its index and what its header says. */
export interface ScopedRecord {
  readonly idx: number
  readonly audit_id: string
  readonly header: string
}

/** The word that a record of the erasure keeps of its scope: what was named, not the value. */
export function nameOfScope({ calls, ...context }: EraseScope): string {
  const names = MEMBERS.filter((name) => context[name] !== undefined)
  return [...names, ...(calls ? ['call'] : [])].join('+')
}

/** Throws AuditError `bad_option` for a scope that would mean all calls, or that cannot be read. */
export function checkScope(scope: EraseScope): void {
  for (const name of MEMBERS) {
    const value = scope[name]
    if (value === undefined || (typeof value === 'string' && value !== '')) continue
    throw new AuditError('bad_option', `scope.${name} must be a text that is not empty`)
  }
  if (nameOfScope(scope) !== '') return
  const message = 'the scope of an erasure is empty; name a user, a session, a tenant or calls'
  throw new AuditError('bad_option', message)
}

/**
 * The records of a scope before an index, in the order of the log, read from the evidence itself. An
 * index may be behind, and whoever can write it must not decide what is erased.
 */
export function* recordsIn(
  database: Database,
  scope: EraseScope,
  until: number
): Generator<ScopedRecord> {
  const named = MEMBERS.flatMap((name) => scope[name] ?? [])
  const conditions = MEMBERS.flatMap((name) =>
    scope[name] === undefined ? [] : `json_extract(header, '$.context.${name}') = ?`
  )
  // What a header must hold as text is compared first: parsing costs twenty times as much.
  const texts = named.map(() => 'instr(header, ?) > 0')
  const values: unknown[] = [until, ...named.map((each) => JSON.stringify(each)), ...named]
  const calls = scope.calls ? JSON.stringify(scope.calls) : undefined
  if (calls) values.push(calls, calls)
  const ofCalls = calls
    ? [`(audit_id ${AMONG} OR stage = 'event' AND json_extract(header, '$.parent') ${AMONG})`]
    : []
  const where = ['idx < ?', ...texts, ...conditions, ...ofCalls].join(' AND ')
  const sql = `SELECT idx, audit_id, header FROM records WHERE ${where} ORDER BY idx`
  yield* database.prepare(sql).iterate(...values) as Iterable<ScopedRecord>
}
