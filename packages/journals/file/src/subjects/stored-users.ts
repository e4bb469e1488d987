import type { RecordScope } from '@slm-audit/core/journal'
import type { FilterTree } from '@slm-audit/core/reader'
import { digestOfUser, withPseudonyms } from '@slm-audit/core/subjects'
import { secretRootOf } from './log-place.ts'
import { SubjectFile } from './subject-file.ts'

/** The pseudonym that a log has given a user, if it has one and its secret is there. */
function pseudonymIn(file: SubjectFile, directory: string, user: string): string | undefined {
  const digest = file.hasPseudonyms ? digestOfUser(secretRootOf(directory), user) : undefined
  return digest && file.pseudonymAt(digest)
}

/** A scope as headers have it: a user who has a pseudonym goes by that. */
export function storedScope(directory: string, scope: RecordScope): RecordScope {
  const { user } = scope
  if (user === undefined) return scope
  const name = pseudonymIn(new SubjectFile(directory), directory, user)
  return name === undefined ? scope : { ...scope, user: name }
}

/** A filter that means users by their names and by their pseudonyms. */
export function storedUsers(directory: string, tree: FilterTree): FilterTree {
  const file = new SubjectFile(directory)
  if (!file.hasPseudonyms) return tree
  return withPseudonyms(tree, (user) => pseudonymIn(file, directory, user))
}
