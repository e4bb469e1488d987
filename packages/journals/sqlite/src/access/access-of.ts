import { readRolesFile, realFile, userName } from '@slm-audit/core/node'
import {
  type Access,
  type AccessNote,
  type AccessOptions,
  type AccessRoles,
  type ContentsView,
  decideAccess,
  sealedNote
} from '@slm-audit/core/reader'
import { holdFile } from '../store/held-file.ts'
import { areReadsAudited } from '../store/log-facts.ts'
import { openForReading } from '../store/open-database.ts'
import { recordAccess } from './record-access.ts'

/** An access to a log, and how it is recorded where the log does so. */
export interface LogAccess {
  readonly access: Access
  readonly record?: (note: AccessNote) => void
}

/** Where the roles of a log's readers are: beside the file that a path leads to, by whatever links it is named. */
export function rolesFile(file: string): string {
  return `${realFile(file)}.roles.json`
}

/**
 * Decides what a reader of a log is given: by the roles beside it, and by what they ask for. Throws AuditError
 * `denied`, `bad_policy` for roles that cannot be read, and as opening a log does.
 *
 * @param isAudited Whether it is recorded where the log does not ask for that, too.
 */
export function accessOf(file: string, options: AccessOptions = {}, isAudited = false): LogAccess {
  const access = decideAccess(options, userName(), rolesOf(file))
  const database = openForReading(file)
  try {
    if (!isAudited && !areReadsAudited(database)) return { access }
  } finally {
    database.close()
  }
  const checkFile = holdFile(realFile(file))
  return {
    access,
    record: (note) => {
      recordAccess(file, note, checkFile)
    }
  }
}

/** How much of a log's contents a reader is given. Throws as `accessOf` does; nothing is recorded. */
export function viewOf(file: string, options: AccessOptions = {}): ContentsView {
  return decideAccess(options, userName(), rolesOf(file)).contents
}

/** `accessOf` for what is given as it is stored, with contents or without. Records it, too. */
export function admitSealed(
  file: string,
  options: AccessOptions | undefined,
  said: Pick<AccessNote, 'records' | 'what'>,
  withContents = true
): void {
  const { access, record } = accessOf(file, options)
  const note = sealedNote(access, said, !withContents)
  record?.(note)
}

function rolesOf(file: string): AccessRoles | undefined {
  return readRolesFile(rolesFile(file))
}
