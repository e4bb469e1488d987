import { existsSync } from 'node:fs'
import type { FilterTree } from '../../read/filter/tree.ts'
import { type RecordScope, SCOPED_CONTEXT } from '../../record/record-scope.ts'
import { logSecret, subjectSecret } from '../log-secret.ts'
import { digestOf, subjectName } from './subject-digest.ts'

/** What the names of subjects of a log are hashed with; made where it is missing. Throws as `logSecret` does. */
export function secretOfSubjects(spools: string): Uint8Array {
  return subjectSecret(logSecret(spools))
}

/** The digest of a user; `undefined` where the log's secret is not here, without which nobody can tell. */
export function digestOfUser(spools: string, user: string): Uint8Array | undefined {
  return hasSecret(spools)
    ? digestOf(secretOfSubjects(spools), subjectName('user', user))
    : undefined
}

/**
 * The digest of the subject that a scope is, in one of the members of a context; `undefined` where it is not one, and where
 * the log's secret is not here: an erasure takes the contents all the same.
 */
export function digestOfScope(spools: string, scope: RecordScope): Uint8Array | undefined {
  const named = SCOPED_CONTEXT.flatMap((name) => {
    const value = scope[name]
    return value === undefined ? [] : [subjectName(name, value)]
  })
  const [name] = named
  if (name === undefined || named.length > 1 || scope.calls) return undefined
  return hasSecret(spools) ? digestOf(secretOfSubjects(spools), name) : undefined
}

/** A filter that means users by their names and by their pseudonyms, of which a user may have had several. */
export function withPseudonyms(
  tree: FilterTree,
  pseudonymOf: (user: string) => string | readonly string[] | undefined
): FilterTree {
  if (tree.is === 'all' || tree.is === 'any') {
    return { ...tree, of: tree.of.map((each) => withPseudonyms(each, pseudonymOf)) }
  }
  if (tree.is === 'not') return { ...tree, of: withPseudonyms(tree.of, pseudonymOf) }
  if (tree.is !== 'text' || tree.field !== 'user') return tree
  const names = tree.values.flatMap(({ value }) => pseudonymOf(value) ?? [])
  return { ...tree, values: [...tree.values, ...names.map((value) => ({ value }))] }
}

function hasSecret(spools: string): boolean {
  return existsSync(`${spools}.secret`)
}
