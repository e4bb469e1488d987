import { existsSync } from 'node:fs'
import type { RecordScope } from '@slm-audit/core/journal'
import { logSecret, subjectSecret } from '@slm-audit/core/node'
import type { FilterTree } from '@slm-audit/core/reader'
import type { Database } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { prepared } from '../../driver/prepared.ts'
import { spoolsOf } from '../spool-places.ts'
import { pseudonymAt } from './pseudonyms.ts'
import { digestOf, subjectName } from './subject-digest.ts'

/** The pseudonym that a log has given a user, if it has one and its secret is there. */
function pseudonymIn(database: Database, file: string, user: string): string | undefined {
  const spools = spoolsOf(file)
  if (!hasPseudonyms(database) || !existsSync(`${spools}.secret`)) return undefined
  return pseudonymAt(
    database,
    digestOf(subjectSecret(logSecret(spools)), subjectName('user', user))
  )
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
  const mapped = (each: FilterTree): FilterTree => {
    if (each.is === 'all' || each.is === 'any') return { ...each, of: each.of.map(mapped) }
    if (each.is === 'not') return { ...each, of: mapped(each.of) }
    if (each.is !== 'text' || each.field !== 'user') return each
    const names = each.values.flatMap(({ value }) => pseudonymIn(database, file, value) ?? [])
    return { ...each, values: [...each.values, ...names.map((value) => ({ value }))] }
  }
  return mapped(tree)
}

/** Whether a log gives its users pseudonyms. */
export function hasPseudonyms(database: Database): boolean {
  if (!hasSchema(database, 'pseudonyms')) return false
  return prepared(database, 'SELECT 1 FROM pseudonyms LIMIT 1').get() !== undefined
}
