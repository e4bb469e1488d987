import { isObject, parseRecord, type UnplacedRecord } from '@slm-audit/core/journal'
import type { RowSubject, SubjectStore } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { originOf } from '../schema.ts'
import { addKey, keyOfSubject } from './key-rows.ts'
import { pseudonymOf } from './pseudonym-rows.ts'

/** The data keys and pseudonyms of a database, as whoever writes contents needs them; answers at once, or throws SQLite's error. */
export function subjectRows(database: Database): SubjectStore {
  let origin: string | undefined
  return {
    get origin() {
      origin ??= originOf(database)
      return origin
    },
    keyOf: (subject, period) => keyOfSubject(database, subject, period),
    addKeys: (keys) =>
      database.transaction(() => keys.map((key) => addKey(database, key))).immediate(),
    contextOf: (auditId) => contextOf(database, auditId),
    pseudonymsOf: (users) => users.map((user) => pseudonymOf(database, user))
  }
}

/** The context of a stored call. */
function contextOf(database: Database, auditId: string): RowSubject | undefined {
  const sql = 'SELECT header FROM records WHERE audit_id = ? ORDER BY idx LIMIT 1'
  const header: unknown = prepared(database, sql).pluck().get(auditId)
  if (typeof header !== 'string') return undefined
  const { context } = parseRecord({ header }) as Pick<UnplacedRecord, 'context'>
  return isObject(context) ? (context as RowSubject) : undefined
}
