import { join } from 'node:path'
import { AuditError, isObject, type PendingRetention } from '@slm-audit/core/journal'
import { bytesOf, type FileSystem, replaceFile, syncDirectory } from '../format/files.ts'
import { RETAINING } from '../format/layout.ts'
import { fieldsOf } from '../format/record-line.ts'

/** Notes that a run of retention has begun. */
export function beginRetention(
  files: FileSystem,
  directory: string,
  pending: PendingRetention
): void {
  replaceFile(files, join(directory, RETAINING), Buffer.from(JSON.stringify(pending)))
  syncDirectory(files, directory)
}

/** The run of retention that has begun and is not done. Throws AuditError `journal_damaged` where it cannot be read. */
export function pendingRetentionIn(directory: string): PendingRetention | undefined {
  const path = join(directory, RETAINING)
  const bytes = bytesOf(path)
  if (!bytes) return undefined
  const { retention, digest, now } = fieldsOf(bytes.toString('utf8')) ?? {}
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
  files.rmSync(join(directory, RETAINING), { force: true })
  syncDirectory(files, directory)
}
