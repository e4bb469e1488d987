import { join } from 'node:path'
import {
  AuditError,
  type ErasureNote,
  isObject,
  type RecordScope,
  readScope
} from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import type { FileSystem } from '../format/files.ts'
import { ERASING } from '../format/layout.ts'
import { isUserLine } from '../subjects/subject-lines.ts'
import { endPending, notePending, readPending } from './pending-file.ts'
import type { ErasedKey, ErasedSubject } from './subject-erasure.ts'

/** An erasure that has begun. It stays beside the records until all of it is done. */
export interface PendingErasure {
  /** What is meant, as headers have it: a user by each name. */
  readonly scopes: readonly RecordScope[]
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** The data keys that go with it. */
  readonly subject?: ErasedSubject
}

/** Notes that an erasure has begun; encrypted where the log is, because it may name people. */
export async function beginErasure(
  files: FileSystem,
  directory: string,
  pending: PendingErasure,
  encrypt: Cipher | undefined
): Promise<void> {
  await notePending(files, join(directory, ERASING), pending, encrypt)
}

/**
 * The erasure that has begun and is not done. Rejects with AuditError `bad_key` where it cannot be decrypted, and
 * `journal_damaged` where it cannot be read.
 */
export async function pendingErasureIn(
  directory: string,
  decrypt: Cipher
): Promise<PendingErasure | undefined> {
  const path = join(directory, ERASING)
  const found = await readPending(path, decrypt)
  if (!found) return undefined
  const pending = pendingOf(found)
  if (pending) return pending
  const message = `${path} cannot be read; delete it, and erase again`
  throw new AuditError('journal_damaged', message)
}

/** Undefined for what no erasure has noted: a scope that would mean all calls, or a note that no record can have. */
function pendingOf(fields: { readonly [name: string]: unknown }): PendingErasure | undefined {
  const { until } = fields
  // An earlier version noted one.
  const noted = Array.isArray(fields.scopes) ? fields.scopes : [fields.scope]
  const scopes = noted.flatMap((each) => readScope(each) ?? [])
  const { scope: name, by, reason } = isObject(fields.note) ? fields.note : {}
  if (scopes.length === 0 || scopes.length < noted.length) return undefined
  if (typeof until !== 'number' || !Number.isSafeInteger(until)) return undefined
  if (typeof name !== 'string' || typeof by !== 'string' || typeof reason !== 'string')
    return undefined
  const subject = subjectIn(fields.subject)
  return { scopes, note: { scope: name, by, reason }, until, ...(subject && { subject }) }
}

function subjectIn(value: unknown): ErasedSubject | undefined {
  const { keys, users = [] } = isObject(value) ? value : {}
  if (!Array.isArray(keys) || !Array.isArray(users)) return undefined
  return { keys: keys.filter(isErasedKey), users: users.filter(isUserLine) }
}

function isErasedKey(value: unknown): value is ErasedKey {
  return isObject(value) && typeof value.key === 'string' && typeof value.subject === 'string'
}

/** All of it is done. */
export function endErasure(files: FileSystem, directory: string): void {
  endPending(files, join(directory, ERASING))
}
