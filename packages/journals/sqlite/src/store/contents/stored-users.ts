import type { RecordScope } from '@slm-audit/core/journal'
import type { FilterTree } from '@slm-audit/core/reader'
import { digestOfUser, withPseudonyms } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { spoolsOf } from '../spool-places.ts'
import { hasPseudonyms, pseudonymAt } from './pseudonym-rows.ts'

/** The pseudonym that a log has given a user, if it has one and its secret is there. */
function pseudonymIn(database: Database, file: string, user: string): string | undefined {
  const digest = hasPseudonyms(database) ? digestOfUser(spoolsOf(file), user) : undefined
  return digest && pseudonymAt(database, digest)
}

/** A scope as headers have it. */
export interface StoredScope extends RecordScope {
  /** What the user is called in headers from before there were pseudonyms; absent where none has it. */
  readonly userBefore?: string
}

/** A scope as headers have it: a user who has a pseudonym goes by that, and by the own name where an earlier header has it. */
export function storedScope(database: Database, file: string, scope: RecordScope): StoredScope {
  const { user } = scope
  const name = user === undefined ? undefined : pseudonymIn(database, file, user)
  if (user === undefined || name === undefined) return scope
  return { ...scope, user: name, ...(isNamed(database, user) && { userBefore: user }) }
}

/** Whether a header has a user by a name. */
export function isNamed(database: Database, user: string): boolean {
  const sql = 'SELECT 1 FROM records WHERE instr(header, ?) > 0 LIMIT 1'
  return prepared(database, sql).get(`"user":${JSON.stringify(user)}`) !== undefined
}

/** A filter that means users by their names and by their pseudonyms. */
export function storedUsers(database: Database, file: string, tree: FilterTree): FilterTree {
  return withPseudonyms(tree, (user) => pseudonymIn(database, file, user))
}
