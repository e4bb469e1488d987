import { type RecordScope, SCOPED_CONTEXT, scopedValue } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import type { StoredScope } from '../store/contents/stored-users.ts'
import { PARENT_OF } from '../store/migrations/migrations.ts'

/** Whose contents are erased: those of the calls that all of what is given holds for, and of what is said of these. */
export type EraseScope = RecordScope

const AMONG = 'IN (SELECT value FROM json_each(?))'

/** What is said of some records, by the index over it: of the log itself, in which it is never cold. */
const SAID_OF = `main.records WHERE stage = 'event' AND ${PARENT_OF} ${AMONG}`

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
  scope: StoredScope,
  until: number
): Generator<ScopedRecord> {
  const sql = 'SELECT idx, audit_id, header FROM records WHERE idx = ?'
  const record = database.prepare(sql)
  for (const index of indicesIn(database, scope, until)) {
    const row = record.get(index) as ScopedRecord | undefined
    // Retention may have taken it meanwhile.
    if (row) yield row
  }
}

/** The records at some indices, in the order of the log; those that are not there are left out. */
export function recordsAt(database: Database, indices: readonly number[]): ScopedRecord[] {
  const sql = `SELECT idx, audit_id, header FROM records WHERE idx ${AMONG} ORDER BY idx`
  return database.prepare(sql).all(JSON.stringify(indices)) as ScopedRecord[]
}

/**
 * The indices of the records of a scope before an index, in the order of the log. What is said of a record belongs to
 * it: a scope has the annotations of its calls, and those of these, whoever made them in whatever context.
 */
export function indicesIn(database: Database, scope: StoredScope, until: number): number[] {
  const { where, values } = conditionsOf(scope)
  const named = database.prepare(
    `SELECT idx, audit_id FROM records WHERE ${['idx < ?', ...where].join(' AND ')} ORDER BY idx`
  )
  let newest = named.all(until, ...values) as Pick<ScopedRecord, 'idx' | 'audit_id'>[]
  const found = new Set(newest.map(({ idx }) => idx))
  // Without conditions all records are meant.
  if (where.length === 0) return [...found]
  const about = database.prepare(`SELECT idx, audit_id FROM ${SAID_OF} AND idx < ?`)
  while (newest.length > 0) {
    const subjects = JSON.stringify([...new Set(newest.map((each) => each.audit_id))])
    const said = about.all(subjects, until) as typeof newest
    newest = said.filter(({ idx }) => !found.has(idx))
    for (const { idx } of newest) found.add(idx)
  }
  return [...found].sort((a, b) => a - b)
}

/** What SQL compares a record's own header with. */
function conditionsOf(scope: StoredScope) {
  const named = SCOPED_CONTEXT.flatMap((name) => {
    const value = scopedValue(scope, name)
    if (value === undefined) return []
    const { userBefore } = scope
    return [{ name, texts: name === 'user' && userBefore ? [value, userBefore] : [value] }]
  })
  // What a header must hold as text is compared first: parsing costs twenty times as much.
  const where = [
    ...named.map(({ texts }) => `(${texts.map(() => 'instr(header, ?) > 0').join(' OR ')})`),
    ...named.map(
      ({ name, texts }) =>
        `json_extract(header, '$.context.${name}') IN (${texts.map(() => '?').join(', ')})`
    )
  ]
  const all = named.flatMap(({ texts }) => texts)
  const values: unknown[] = [...all.map((each) => JSON.stringify(each)), ...all]
  const calls = scope.calls ? JSON.stringify(scope.calls) : undefined
  if (!calls) return { where, values }
  const ofThem = `SELECT idx FROM main.records WHERE audit_id ${AMONG}`
  const ofCalls = `idx IN (${ofThem} UNION ALL SELECT idx FROM ${SAID_OF})`
  return { where: [...where, ofCalls], values: [...values, calls, calls] }
}
