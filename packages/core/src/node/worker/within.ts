import { clearTimeout, setTimeout } from '../../base/clock.ts'
import { AuditError } from '../../base/error.ts'
import { withResolvers } from '../../base/promises.ts'

/** Settles as the work does, or rejects after `timeoutMs` with AuditError `journal_failed` and the message `late`. */
export async function within<T>(timeoutMs: number, work: Promise<T>, late: string): Promise<T> {
  const { promise, reject } = withResolvers<never>()
  const timer = setTimeout(() => reject(new AuditError('journal_failed', late)), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
