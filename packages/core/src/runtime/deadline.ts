import { AuditError } from '../base/error.ts'
import type { Platform } from './platform.ts'

/** Settles as the promise does, or rejects after `ms` milliseconds with AuditError `journal_failed` and the message `late`. */
export async function withDeadline<T>(
  ms: number,
  promise: PromiseLike<T>,
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

/** Settles as the promise does, and keeps the process alive until then. */
export async function keepProcessAlive<T>(platform: Platform, promise: Promise<T>): Promise<T> {
  const release = platform.hold?.()
  try {
    return await promise
  } finally {
    release?.()
  }
}
