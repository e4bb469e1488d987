import { isObject } from '@slm-audit/core/journal'
import type { RowSubject, SubjectStore } from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { addKeys, keyOf } from './key-rows.ts'
import { pseudonymsOf } from './pseudonym-rows.ts'

/** Runs something on a connection of the log, in its turn. */
type Use = <T>(run: (connection: Connection) => Promise<T>) => Promise<T>

/** Where a log on a server keeps data keys and pseudonyms. What is asked rejects with AuditError. */
export function subjectRows(origin: string, use: Use): SubjectStore {
  return {
    origin,
    keyOf: (subject, period) => use((connection) => keyOf(connection, subject, period)),
    addKeys: (keys) =>
      use((connection) =>
        addKeys(
          connection,
          keys,
          keys.map(({ of }) => of)
        )
      ),
    contextOf: (auditId) => use((connection) => contextOf(connection, auditId)),
    pseudonymsOf: (users) => use((connection) => pseudonymsOf(connection, users))
  }
}

/** A writer may read no headers: the server gives the context of one call. */
async function contextOf(connection: Connection, auditId: string): Promise<RowSubject | undefined> {
  const sql = `SELECT ${connection.schema}.context_of($1) AS context`
  const [row] = await connection.rows(sql, [auditId])
  const context: unknown = JSON.parse(String(row?.context ?? 'null'))
  return isObject(context) ? (context as RowSubject) : undefined
}
