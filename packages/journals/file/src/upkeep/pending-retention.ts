import { join } from 'node:path'
import { AuditError, isObject, type PendingRetention } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import type { FileSystem } from '../format/files.ts'
import { RETAINING } from '../format/layout.ts'
import { endPending, notePending, readPending } from './pending-file.ts'

/** Notes that a run of retention has begun; encrypted where the log is, because it names its classes. */
export async function beginRetention(
  files: FileSystem,
  directory: string,
  pending: PendingRetention,
  encrypt: Cipher | undefined
): Promise<void> {
  await notePending(files, join(directory, RETAINING), pending, encrypt)
}

/**
 * The run of retention that has begun and is not done. Rejects with AuditError `bad_key` where it cannot be decrypted, and
 * `journal_damaged` where it cannot be read.
 */
export async function pendingRetentionIn(
  directory: string,
  decrypt: Cipher
): Promise<PendingRetention | undefined> {
  const path = join(directory, RETAINING)
  const found = await readPending(path, decrypt)
  if (!found) return undefined
  const { retention, digest, now } = found
  const isRead =
    isObject(retention) &&
    isObject(retention.classes) &&
    Object.values(retention.classes).every(isObject) &&
    typeof digest === 'string' &&
    typeof now === 'number'
  if (isRead) return { retention, digest, now } as unknown as PendingRetention
  const message = `${path} cannot be read; delete it, and apply retention again`
  throw new AuditError('journal_damaged', message)
}

/** All of it is done. */
export function endRetention(files: FileSystem, directory: string): void {
  endPending(files, join(directory, RETAINING))
}
