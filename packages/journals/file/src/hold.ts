import { resolve } from 'node:path'
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
import { userName } from '@slm-audit/core/node'
import { Pseudonyms, secretOfSubjects } from '@slm-audit/core/subjects'
import { decrypterFor } from './format/age.ts'
import { LogSubjects } from './journal/log-subjects.ts'
import { closedOf } from './journal/read-directory.ts'
import { contentsProviderOf, secretRootOf } from './subjects/log-place.ts'
import { storedScopes } from './subjects/stored-users.ts'
import { type AdministeredFiles, type AdminKeys, administer } from './upkeep/administer.ts'
import { activeHolds } from './upkeep/holds.ts'
import { isNamedIn } from './upkeep/named-in.ts'

/** What is held of a log in files, for which incident, and why. */
export type FileHoldOptions = HoldOptions & AdminKeys

/** Which incident of a log in files is over, and why. */
export type FileReleaseOptions = ReleaseOptions & AdminKeys

/**
 * Keeps records of a log in files from retention and erasure until the incident's holds are released. A record says so,
 * with who and why. Several holds may have one incident. A user, tenant or session is held with what is still to come;
 * calls are held as they are.
 *
 * Rejects with AuditError `bad_option` for an empty scope, or an incident or a reason that is missing, and as
 * `eraseContents` does.
 */
export async function addHold(path: string, options: FileHoldOptions): Promise<void> {
  const { identities = [], recipients = [], ...rest } = options
  checkHold(rest)
  const { incident, scope, scopeName, reason, by = userName() } = rest
  const named = scopeName !== undefined && { scopeName }
  await administer(path, rest, { identities, recipients }, async (files) => {
    const scopes = await heldScopes(files, scope)
    const said = { incident, reason, by, ...named }
    await files.log.append(scopes.map((each) => pendingHold({ ...said, scope: each })))
  })
}

/**
 * The scopes as headers have them, also those of calls that are still to come: by each pseudonym, of which a user who has none gets
 * one, and by the own name where a header from before has it.
 */
async function heldScopes(
  { log, directory, decrypt }: AdministeredFiles,
  scope: RecordScope
): Promise<readonly RecordScope[]> {
  const { user } = scope
  const hasNames = log.subjects.hasPseudonyms
  const mayName = hasNames || log.subjects.hasKeys || contentsProviderOf(directory) !== undefined
  if (user === undefined || !mayName) return [scope]
  const secret = secretOfSubjects(secretRootOf(directory))
  await new Pseudonyms(new LogSubjects(log), secret).of(user)
  // Until the log has named somebody nobody can tell whether it names users so.
  const isNamed = !hasNames || (await isNamedIn(directory, decrypt, scope))
  return storedScopes(directory, scope, isNamed)
}

/**
 * Ends the holds of an incident. Resolves to how many there were; a record says so where there was one. Rejects as
 * `addHold`.
 */
export async function releaseHold(path: string, options: FileReleaseOptions): Promise<number> {
  const { identities = [], recipients = [], ...rest } = options
  checkRelease(rest)
  const { incident, reason, by = userName() } = rest
  return await administer(path, rest, { identities, recipients }, async (files) => {
    const holds = await activeHolds(files.directory, files.decrypt)
    const held = holds.filter((hold) => hold.incident === incident).length
    if (held > 0) await files.log.append([pendingRelease({ incident, reason, by })])
    return held
  })
}

/** The holds of a log in files that are in force, oldest first. Rejects as opening a log does. */
export async function listHolds(
  path: string,
  { identities = [] }: Pick<AdminKeys, 'identities'> = {}
): Promise<readonly Hold[]> {
  const directory = resolve(path)
  closedOf(directory)
  return await activeHolds(directory, await decrypterFor(identities))
}
