import { AuditError } from '../../base/error.ts'
import { DEFAULTS } from './contents-options.ts'

/** Settles as the work does, or rejects with AuditError `bad_key` where the provider takes too long. */
export async function withinDeadline<T>(
  work: T | Promise<T>,
  deadlineMs: number = DEFAULTS.deadlineMs
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const message = `the key provider did not answer within ${deadlineMs} ms`
  const timer = setTimeout(() => reject(new AuditError('bad_key', message)), deadlineMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
