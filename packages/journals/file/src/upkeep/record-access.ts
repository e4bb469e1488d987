import { existsSync, realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError, messageOf, pendingAccess } from '@slm-audit/core/journal'
import { readRolesFile, userName } from '@slm-audit/core/node'
import {
  type Access,
  type AccessNote,
  type AccessOptions,
  type ContentsView,
  decideAccess
} from '@slm-audit/core/reader'
import { areReadsAudited } from '../journal/audited-reads.ts'
import { type AdminKeys, administer } from './administer.ts'

/** An access to a log in files, and how it is recorded where the log does so. */
export interface FileAccess {
  readonly access: Access
  readonly record?: (note: AccessNote) => Promise<void>
}

/** How much of a log's contents a reader is given. Throws as `accessTo` rejects; nothing is recorded. */
export function viewOf(path: string, options: AccessOptions = {}): ContentsView {
  return decideAccess(options, userName(), readRolesFile(rolesFile(path))).contents
}

/** All readers write as one, one after the other: they sign nothing, and so leave one lock. */
const READERS = 'acce55'

/** Where the roles of the readers of a log are: beside the directory or file that a path leads to, by whatever links. */
export function rolesFile(path: string): string {
  const found = existsSync(path) ? realpathSync(path) : resolve(path)
  return `${found}.roles.json`
}

/**
 * Decides what a reader is given: by the roles beside the log, and by what they ask for. Rejects with AuditError `denied`,
 * `bad_policy` for roles that cannot be read, and as reading the log does.
 *
 * @param isAudited Whether it is recorded where the log does not ask for that, too.
 */
export async function accessTo(
  path: string,
  options: AccessOptions | undefined,
  identities: readonly string[],
  isAudited = false
): Promise<FileAccess> {
  const access = decideAccess(options ?? {}, userName(), readRolesFile(rolesFile(path)))
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  if (!isDirectory || !(isAudited || (await areReadsAudited(path)))) return { access }
  return { access, record: (note) => recordAccess(path, note, { identities }) }
}

/** What was asked for last of each log, until it is recorded. */
const turns = new Map<string, Promise<void>>()

/** In a row: a task of this thread that waited for a lock of another would let that one not go on. */
function recordAccess(path: string, note: AccessNote, keys: AdminKeys): Promise<void> {
  const directory = resolve(path)
  const turn = (turns.get(directory) ?? Promise.resolve()).then(() =>
    recordNow(directory, note, keys)
  )
  const settled = turn
    .catch(() => undefined)
    .then(() => {
      if (turns.get(directory) === settled) turns.delete(directory)
    })
  turns.set(directory, settled)
  return turn
}

/** Readers need no key: whoever signs the log next signs the record, too. */
async function recordNow(path: string, note: AccessNote, keys: AdminKeys): Promise<void> {
  try {
    const how = { writer: READERS }
    await administer(path, {}, keys, ({ log }) => log.append([pendingAccess(note)]), how)
  } catch (cause) {
    const message = `this log records who reads it, and that could not be recorded: ${messageOf(cause)}; read it where it can be written`
    throw new AuditError('journal_unavailable', message, { cause })
  }
}
