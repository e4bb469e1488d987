import { AuditError, type RecordScope } from '@slm-audit/core/journal'
import type { FilterTree } from '@slm-audit/core/reader'
import { withPseudonyms } from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { providerOf } from './content-keys.ts'
import { namesOf } from './log-secrets.ts'
import { hasPseudonyms, namesAmong } from './pseudonym-rows.ts'

/**
 * The scopes that headers have for one that somebody asks for: its user as it is named, and by each pseudonym. Rejects with
 * AuditError `bad_key` where the log has pseudonyms and the keys that tell whose they are are not here.
 */
export async function storedScopes(
  connection: Connection,
  scope: RecordScope
): Promise<readonly RecordScope[]> {
  const { user } = scope
  if (user === undefined || !(await hasPseudonyms(connection))) return [scope]
  if ((await namesAmong(connection, [user])).has(user)) return [scope]
  const used = providerOf(connection)
  if (!used?.provider.unwrap) {
    const message = `users of the log in ${connection.schema} go by pseudonyms; give the keys of its contents (--contents-keys), or the pseudonym that is meant`
    throw new AuditError('bad_key', message)
  }
  const names = await namesOf(connection, user, used)
  return [scope, ...names.map((name) => ({ ...scope, user: name }))]
}

/** A filter that means users by their names and, where the keys are here that tell them, by their pseudonyms. Rejects with AuditError. */
export async function storedUsers(connection: Connection, tree: FilterTree): Promise<FilterTree> {
  const users = new Set<string>()
  // What it makes of the filter is thrown away: it is asked which users there are.
  withPseudonyms(tree, (user) => {
    users.add(user)
    return undefined
  })
  const used = providerOf(connection)
  if (users.size === 0 || !used || !(await hasPseudonyms(connection))) return tree
  const names = new Map<string, readonly string[]>()
  for (const user of users) names.set(user, await namesOf(connection, user, used))
  return withPseudonyms(tree, (user) => names.get(user))
}
