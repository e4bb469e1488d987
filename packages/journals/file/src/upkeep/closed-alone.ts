import { join } from 'node:path'
import { AuditError } from '@slm-audit/core/journal'
import { PACK_LOCK } from '../format/layout.ts'
import { type FileLock, takeLock } from '../journal/file-lock.ts'
import type { AdministeredFiles } from './administer.ts'

/** How long another process that packs, or takes something out, is waited for, in milliseconds. */
const WAIT_MS = 60_000

/**
 * Keeps everybody else from writing closed files of a log anew until the lock is closed. Rejects with AuditError
 * `journal_unavailable` where somebody does for long; where it is said when waiting is given up, then and not before.
 */
export async function lockClosed(directory: string, isGivenUp?: () => boolean): Promise<FileLock> {
  const waitMs = isGivenUp ? Number.POSITIVE_INFINITY : WAIT_MS
  return await takeLock(join(directory, PACK_LOCK), waitMs, isGivenUp).catch((cause: unknown) => {
    const message = `another process writes closed files of ${directory}; wait for its end, then try again`
    throw new AuditError('journal_unavailable', message, { cause })
  })
}

/** Runs under `lockClosed`, and rejects as it does. */
export async function withoutPackers<T>(
  directory: string,
  run: () => Promise<T>,
  isGivenUp?: () => boolean
): Promise<T> {
  const lock = await lockClosed(directory, isGivenUp)
  try {
    return await run()
  } finally {
    lock.close()
  }
}

/** Closes the open file of a log, so that all records are in closed ones. Throws AuditError `journal_failed`. */
export function endFile({ directory, log }: Pick<AdministeredFiles, 'directory' | 'log'>): void {
  if (log.endFile()) return
  const message = `the open file of ${directory} could not be closed; free space on its disk, then try again`
  throw new AuditError('journal_failed', message)
}
