import type { NamedUser } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { prepared } from '../../driver/prepared.ts'

/** The pseudonym of a user, who may be one; a new one is stored. Throws SQLite's error. */
export function pseudonymOf(database: Database, { user, digest, fresh }: NamedUser): string {
  if (isPseudonym(database, user)) return user
  const add = 'INSERT INTO pseudonyms VALUES (?, ?) ON CONFLICT (digest) DO NOTHING'
  prepared(database, add).run(digest, fresh)
  return pseudonymAt(database, digest) ?? user
}

/** The pseudonym that is stored with a digest. */
export function pseudonymAt(database: Database, digest: Uint8Array): string | undefined {
  const sql = 'SELECT name FROM pseudonyms WHERE digest = ?'
  const found: unknown = prepared(database, sql).pluck().get(digest)
  return typeof found === 'string' ? found : undefined
}

/** Whether a log gives its users pseudonyms. */
export function hasPseudonyms(database: Database): boolean {
  if (!hasSchema(database, 'pseudonyms')) return false
  return prepared(database, 'SELECT 1 FROM pseudonyms LIMIT 1').get() !== undefined
}

/** Whether a name is a pseudonym that the log has given, and whose user was not erased. */
export function isPseudonym(database: Database, name: string): boolean {
  return prepared(database, 'SELECT 1 FROM pseudonyms WHERE name = ?').get(name) !== undefined
}
