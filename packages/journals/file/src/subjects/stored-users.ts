import type { RecordScope } from '@slm-audit/core/journal'
import type { FilterTree } from '@slm-audit/core/reader'
import { digestOfUser, withPseudonyms } from '@slm-audit/core/subjects'
import { secretRootOf } from './log-place.ts'
import { SubjectFile } from './subject-file.ts'

/** The pseudonyms that a log has given a user, if it has some and its secret is there. */
function pseudonymsIn(file: SubjectFile, directory: string, user: string): string[] {
  const digest = file.hasPseudonyms ? digestOfUser(secretRootOf(directory), user) : undefined
  return digest ? file.pseudonymsAt(digest) : []
}

/**
 * The scopes that headers may have for one that is asked for: a user goes by each pseudonym, and by the own name in headers from
 * before there were any.
 *
 * @param isNamed Whether headers may have the own name of a user who has a pseudonym; true unless given.
 */
export function storedScopes(
  directory: string,
  scope: RecordScope,
  isNamed = true
): readonly RecordScope[] {
  const { user } = scope
  if (user === undefined) return [scope]
  const names = pseudonymsIn(new SubjectFile(directory), directory, user)
  const named = names.map((name) => ({ ...scope, user: name }))
  return isNamed || named.length === 0 ? [scope, ...named] : named
}

/** A filter that means users by their names and by their pseudonyms. */
export function storedUsers(directory: string, tree: FilterTree): FilterTree {
  const file = new SubjectFile(directory)
  if (!file.hasPseudonyms) return tree
  return withPseudonyms(tree, (user) => pseudonymsIn(file, directory, user))
}
