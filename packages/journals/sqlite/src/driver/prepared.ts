import type { Database, Statement } from './database.ts'

const statements = new WeakMap<Database, Map<string, Statement>>()

/**
 * A statement that is prepared once for a database, for those that are executed for each call of a
 * page: preparing costs several times what executing does. (SQLite prepares a statement again at each execution where it plans by
 * a bound value: by one that is a limit, and, for rows in order, by those that columns are compared with. `? + 0` and `? || ''` are
 * planned once.) Whoever uses it must not keep it, give it
 * another form of rows than others do, or iterate. Throws SQLite's error.
 */
export function prepared(database: Database, sql: string): Statement {
  const known = statements.get(database) ?? new Map<string, Statement>()
  statements.set(database, known)
  const statement = known.get(sql) ?? database.prepare(sql)
  known.set(sql, statement)
  return statement
}
