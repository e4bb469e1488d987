import type { Database, Statement } from './database.ts'

const statements = new WeakMap<Database, Map<string, Statement>>()

/**
 * A statement that is prepared once for a database, for those that are executed for each call of a
 * page: preparing costs several times what executing does. (One whose limit is a bound value by itself is prepared again at
 * each execution, as SQLite plans by it; `? + 0` is planned once.) Whoever uses it must not keep it, give it
 * another form of rows than others do, or iterate. Throws SQLite's error.
 */
export function prepared(database: Database, sql: string): Statement {
  const known = statements.get(database) ?? new Map<string, Statement>()
  statements.set(database, known)
  const statement = known.get(sql) ?? database.prepare(sql)
  known.set(sql, statement)
  return statement
}
