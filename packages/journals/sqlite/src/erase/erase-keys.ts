import { type RecordScope, toHex } from '@slm-audit/core/journal'
import { digestOfScope } from '@slm-audit/core/subjects'
import type { Database } from '../driver/database.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { spoolsOf } from '../store/spool-places.ts'

/** The data keys of a subject that is being erased, and what they were found by. */
export interface RetiredKeys {
  readonly ids: readonly number[]
  /** Digest of the subject, in hex. */
  readonly subject: string
  /** The pseudonym that goes with them, and the digest that it stood with, in hex. */
  readonly pseudonym?: { readonly digest: string; readonly name: string }
}

/**
 * Has nobody encrypt anything more with the keys of a scope that is one subject: its next call gets a new key. In the
 * transaction that begins the erasure, so that what is encrypted with them is all meant by it. Nobody can tell whose
 * pseudonym it was from then on. `undefined` where the scope is not one subject, or the log has no such keys.
 *
 * @param scope As headers have it.
 */
export function retireKeys(
  database: Database,
  file: string,
  scope: RecordScope
): RetiredKeys | undefined {
  const digest = subjectOf(database, file, scope)
  if (!digest) return undefined
  const ids = database
    .prepare('UPDATE content_keys SET subject = NULL WHERE subject = ? RETURNING id')
    .pluck()
    .all(digest) as number[]
  const pseudonym = scope.user === undefined ? undefined : forget(database, scope.user)
  return { ids, subject: toHex(digest), ...(pseudonym && { pseudonym }) }
}

/** How many data keys the erasure of a scope would destroy. */
export function countKeys(database: Database, file: string, scope: RecordScope): number {
  const digest = subjectOf(database, file, scope)
  if (!digest) return 0
  const sql = 'SELECT count(*) FROM content_keys WHERE subject = ? AND wrapped IS NOT NULL'
  return Number(database.prepare(sql).pluck().get(digest))
}

/** The subject that a scope is, by its digest; `undefined` where it is not one, or the log has no keys. */
function subjectOf(database: Database, file: string, scope: RecordScope): Uint8Array | undefined {
  return hasDataKeys(database) ? digestOfScope(spoolsOf(file), scope) : undefined
}

function forget(database: Database, name: string): RetiredKeys['pseudonym'] {
  const sql = 'DELETE FROM pseudonyms WHERE name = ? RETURNING digest'
  const [digest] = database.prepare(sql).pluck().all(name)
  return digest instanceof Uint8Array ? { digest: toHex(digest), name } : undefined
}

/**
 * Destroys keys for good; how many there were. Where a hold kept some of what they encrypt they are given back to their
 * subject instead, for the erasure that follows its release.
 */
export function destroyKeys(
  database: Database,
  { ids, subject, pseudonym }: RetiredKeys,
  isHeldBack: boolean
): number {
  if (isHeldBack) {
    const give = database.prepare(
      `UPDATE content_keys SET subject = ?
        WHERE id IN (SELECT value FROM json_each(?)) AND wrapped IS NOT NULL`
    )
    give.run(Buffer.from(subject, 'hex'), JSON.stringify(ids))
    if (pseudonym) {
      const add = database.prepare('INSERT INTO pseudonyms VALUES (?, ?) ON CONFLICT DO NOTHING')
      add.run(Buffer.from(pseudonym.digest, 'hex'), pseudonym.name)
    }
    return 0
  }
  return destroyUnused(database, ids)
}

/**
 * Destroys keys that nothing is encrypted with: no writer uses them from then on. In a transaction of its caller's;
 * how many there were.
 */
export function destroyUnused(database: Database, ids: readonly number[]): number {
  const destroy = database.prepare(
    `UPDATE content_keys SET subject = NULL, wrapped = NULL, check_value = NULL
      WHERE id IN (SELECT value FROM json_each(?)) AND wrapped IS NOT NULL`
  )
  return destroy.run(JSON.stringify(ids)).changes
}
