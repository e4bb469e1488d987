import type { RecordScope } from '@slm-audit/core/journal'
import type { FilterTree } from '@slm-audit/core/reader'
import { digestOfUser, withPseudonyms } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { spoolsOf } from '../spool-places.ts'
import { hasPseudonyms, pseudonymAt } from './pseudonym-rows.ts'

/** The pseudonym that a log has given a user, if it has one and its secret is there. */
function pseudonymIn(database: Database, file: string, user: string): string | undefined {
  const digest = hasPseudonyms(database) ? digestOfUser(spoolsOf(file), user) : undefined
  return digest && pseudonymAt(database, digest)
}

/** A scope as headers have it: a user who has a pseudonym goes by that. */
export function storedScope(database: Database, file: string, scope: RecordScope): RecordScope {
  const { user } = scope
  const name = user === undefined ? undefined : pseudonymIn(database, file, user)
  return name === undefined ? scope : { ...scope, user: name }
}

/** A filter that means users by their names and by their pseudonyms. */
export function storedUsers(database: Database, file: string, tree: FilterTree): FilterTree {
  if (!hasPseudonyms(database)) return tree
  return withPseudonyms(tree, (user) => pseudonymIn(database, file, user))
}
