import {
  checkHold,
  checkRelease,
  type Hold,
  type HoldOptions,
  pendingHold,
  pendingRelease,
  type RecordScope,
  type ReleaseOptions
} from '@slm-audit/core/journal'
import { realFile, userName } from '@slm-audit/core/node'
import { Pseudonyms } from '@slm-audit/core/subjects'
import type { Database } from './driver/database.ts'
import { contentsProviderOf } from './encryption/contents-provider.ts'
import { administer } from './keys/administer.ts'
import { hasDataKeys } from './store/contents/key-rows.ts'
import { secretOf } from './store/contents/open-subject-keys.ts'
import { hasPseudonyms } from './store/contents/pseudonym-rows.ts'
import { isNamed } from './store/contents/stored-users.ts'
import { subjectRows } from './store/contents/subject-rows.ts'
import { openForReading } from './store/open-database.ts'
import { activeHolds } from './store/upkeep/holds.ts'
import { rowOf } from './store/writer.ts'

/**
 * Keeps records from retention and erasure until the incident's holds are released. A record says so, with
 * who and why. Several holds may have one incident. A user, tenant or session is held with what is still to
 * come; calls are held as they are.
 *
 * Rejects with AuditError `bad_option` for an empty scope, or an incident or a reason that is missing,
 * and as opening a log does.
 */
export async function addHold(path: string, options: HoldOptions): Promise<void> {
  checkHold(options)
  const { incident, scope, scopeName, reason, by = userName() } = options
  const file = realFile(path)
  await administer(file, options, async ({ database, writer }) => {
    const scopes = await heldScopes(database, file, scope)
    const said = { incident, reason, by, ...(scopeName !== undefined && { scopeName }) }
    writer.append(scopes.map((each) => rowOf(pendingHold({ ...said, scope: each }))))
  })
}

/**
 * The scopes as headers have them, also those of calls that are still to come: by the pseudonym, and by the own name where a header
 * from before has it.
 */
async function heldScopes(
  database: Database,
  file: string,
  scope: RecordScope
): Promise<readonly RecordScope[]> {
  const { user } = scope
  const hasNames = hasPseudonyms(database)
  const mayName = hasNames || hasDataKeys(database) || contentsProviderOf(file) !== undefined
  if (user === undefined || !mayName) return [scope]
  const name = await new Pseudonyms(subjectRows(database), secretOf(file)).of(user)
  const named = { ...scope, user: name }
  // Until the log has named somebody nobody can tell whether it names users so.
  const isKept = name !== user && (!hasNames || isNamed(database, user))
  return isKept ? [named, scope] : [named]
}

/**
 * Ends the holds of an incident. Resolves to how many there were; a record says so where there was one.
 *
 * Rejects with AuditError `bad_option` for an incident or a reason that is missing, and as opening a log does.
 */
export async function releaseHold(path: string, options: ReleaseOptions): Promise<number> {
  checkRelease(options)
  const { incident, reason, by = userName() } = options
  return await administer(realFile(path), options, ({ database, writer }) => {
    const held = activeHolds(database).filter((hold) => hold.incident === incident).length
    if (held > 0) writer.append([rowOf(pendingRelease({ incident, reason, by }))])
    return held
  })
}

/** The holds of a log that are in force, oldest first. Throws as opening a log does. */
export function listHolds(path: string): readonly Hold[] {
  const database = openForReading(realFile(path))
  try {
    return activeHolds(database)
  } finally {
    database.close()
  }
}
