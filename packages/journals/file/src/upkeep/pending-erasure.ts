import { join } from 'node:path'
import {
  AuditError,
  type ErasureNote,
  isObject,
  type RecordScope,
  type RedactionRule,
  readScope
} from '@slm-audit/core/journal'
import { redactionSteps } from '@slm-audit/core/policy'
import type { Cipher } from '../format/age.ts'
import type { FileSystem } from '../format/files.ts'
import { ERASING, REDACTING } from '../format/layout.ts'
import { isUserLine } from '../subjects/subject-lines.ts'
import { endPending, notePending, readPending } from './pending-file.ts'
import type { ErasedKey, ErasedSubject } from './subject-erasure.ts'

/** An erasure, or a redaction, that has begun. It stays beside the records until all of it is done. */
export interface PendingErasure {
  /** What is meant, as headers have it: a user by each name. None where a redaction means all calls. */
  readonly scopes: readonly RecordScope[]
  readonly note: ErasureNote
  /** The size of the log when it began: later records are not meant. */
  readonly until: number
  /** The data keys that go with it. */
  readonly subject?: ErasedSubject
  /** What a redaction looks for in what is meant; an erasure takes all of it. */
  readonly rule?: RedactionRule
}

/** A redaction has a file of its own: whoever does not know the rule must not take it for an erasure. */
function pathOf(directory: string, { rule }: Pick<PendingErasure, 'rule'>): string {
  return join(directory, rule ? REDACTING : ERASING)
}

/** Notes that an erasure has begun; encrypted where the log is, because it may name people. */
export async function beginErasure(
  files: FileSystem,
  directory: string,
  pending: PendingErasure,
  encrypt: Cipher | undefined
): Promise<void> {
  await notePending(files, pathOf(directory, pending), pending, encrypt)
}

/**
 * The erasure or redaction that has begun and is not done. Rejects with AuditError `bad_key` where it cannot be decrypted, and
 * `journal_damaged` where it cannot be read.
 */
export async function pendingErasureIn(
  directory: string,
  decrypt: Cipher
): Promise<PendingErasure | undefined> {
  for (const name of [ERASING, REDACTING]) {
    const path = join(directory, name)
    const found = await readPending(path, decrypt)
    if (!found) continue
    const pending = pendingOf(found, name === REDACTING)
    if (pending) return pending
    const again = name === REDACTING ? 'redact again' : 'erase again'
    throw new AuditError('journal_damaged', `${path} cannot be read; delete it, and ${again}`)
  }
  return undefined
}

/** Undefined for what nobody has noted: a scope that would mean all calls, a note that no record can have, or a rule that is none. */
function pendingOf(
  fields: { readonly [name: string]: unknown },
  isRedaction: boolean
): PendingErasure | undefined {
  const { until } = fields
  // An earlier version noted one.
  const noted = Array.isArray(fields.scopes) ? fields.scopes : [fields.scope]
  const scopes = noted.flatMap((each) => readScope(each) ?? [])
  const { scope: name, by, reason } = isObject(fields.note) ? fields.note : {}
  if (scopes.length < noted.length || (scopes.length === 0 && !isRedaction)) return undefined
  if (typeof until !== 'number' || !Number.isSafeInteger(until)) return undefined
  if (typeof name !== 'string' || typeof by !== 'string' || typeof reason !== 'string')
    return undefined
  const pending = { scopes, note: { scope: name, by, reason }, until }
  if (isRedaction) return isRule(fields.rule) ? { ...pending, rule: fields.rule } : undefined
  const subject = subjectIn(fields.subject)
  return { ...pending, ...(subject && { subject }) }
}

function isRule(value: unknown): value is RedactionRule {
  try {
    return isObject(value) && redactionSteps(value as RedactionRule).length > 0
  } catch (error) {
    if (AuditError.is(error)) return false
    throw error
  }
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
export function endErasure(
  files: FileSystem,
  directory: string,
  pending: Pick<PendingErasure, 'rule'>
): void {
  endPending(files, pathOf(directory, pending))
}
