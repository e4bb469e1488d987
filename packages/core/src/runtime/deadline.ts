import { AuditError } from '../base/error.ts'
import type { Platform } from './platform.ts'

/** The promise's outcome, or after `ms` milliseconds an AuditError `journal_failed` with `late`. */
export async function within<T>(
  ms: number,
  promise: Promise<T>,
  platform: Platform,
  late: string
): Promise<T> {
  let cancel: (() => void) | undefined
  const deadline = new Promise<never>((_, reject) => {
    cancel = platform.defer(() => reject(new AuditError('journal_failed', late)), ms)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    cancel?.()
  }
}

/** The promise's outcome; whoever waits for it does not see the process end first. */
export async function holding<T>(platform: Platform, promise: Promise<T>): Promise<T> {
  const release = platform.hold?.()
  try {
    return await promise
  } finally {
    release?.()
  }
}
