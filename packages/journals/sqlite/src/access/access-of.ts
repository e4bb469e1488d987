import { lstatSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AuditError, isObject, messageOf } from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import {
  type Access,
  type AccessNote,
  type AccessOptions,
  type AccessRoles,
  accessNote,
  type ContentsView,
  decideAccess,
  denied,
  parseRoles
} from '@slm-audit/core/reader'
import { realFile } from '../driver/real-file.ts'
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
  if (withContents && access.contents !== 'whole') {
    throw denied(
      `sealed records hold whole contents, and ${access.by} is given contents ${access.contents}; leave contents out, or choose another format`
    )
  }
  const given = withContents ? access : { ...access, contents: 'none' as const }
  record?.(accessNote(given, { action: 'export', ...said }))
}

function rolesOf(file: string): AccessRoles | undefined {
  const path = rolesFile(file)
  try {
    // A link that leads nowhere is roles that cannot be read, and not none: without any, everybody is given all.
    if (!lstatSync(path, { throwIfNoEntry: false })) return undefined
    return parseRoles(withPlace(JSON.parse(readFileSync(path, 'utf8')), dirname(path)))
  } catch (cause) {
    throw new AuditError('bad_policy', `${path}: ${messageOf(cause)}`, { cause })
  }
}

/** Roles with the file that their module reads by its whole path: it lies beside them, wherever the program runs. */
function withPlace(roles: unknown, folder: string): unknown {
  const ask = isObject(roles) ? roles.ask : undefined
  const options = isObject(ask) ? ask.options : undefined
  if (!isObject(options) || typeof options.file !== 'string') return roles
  const file = resolve(folder, options.file)
  return { ...(roles as object), ask: { ...(ask as object), options: { ...options, file } } }
}
