import type { Database, Statement } from './database.ts'

const statements = new WeakMap<Database, Map<string, Statement>>()

/**
 * A statement that is prepared once for a database, for those that are executed for each call of a
 * page: preparing costs several times what executing does. Whoever uses it must not keep it, give it
 * another form of rows than others do, or iterate. Throws SQLite's error.
 */
export function prepared(database: Database, sql: string): Statement {
  const known = statements.get(database) ?? new Map<string, Statement>()
  statements.set(database, known)
  const statement = known.get(sql) ?? database.prepare(sql)
  known.set(sql, statement)
  return statement
}
