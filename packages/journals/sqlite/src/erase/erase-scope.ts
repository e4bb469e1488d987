import { type RecordScope, SCOPED_CONTEXT } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'

/** Whose contents are erased: those of the calls that all of what is given holds for. */
export type EraseScope = RecordScope

const AMONG = 'IN (SELECT value FROM json_each(?))'

/** A record of the scope: its index and what its header says. */
export interface ScopedRecord {
  readonly idx: number
  readonly audit_id: string
  readonly header: string
}

/**
 * The records of a scope before an index, in the order of the log, read from the evidence itself. An
 * index may be behind, and whoever can write it must not decide what is erased.
 */
export function* recordsIn(
  database: Database,
  scope: RecordScope,
  until: number
): Generator<ScopedRecord> {
  const named = SCOPED_CONTEXT.flatMap((name) => scope[name] ?? [])
  const conditions = SCOPED_CONTEXT.flatMap((name) =>
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
