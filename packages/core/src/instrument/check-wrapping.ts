import { AuditError } from '../base/error.ts'
import { isPromiseLike } from '../base/promises.ts'
import type { AuditLog } from '../log/audit-log.ts'

/**
 * For adapters, before they wrap anything: a mistake here would else show at the first call of the
 * wrapped client, or never.
 *
 * Throws AuditError `bad_option` when `log` is not an audit log, such as the promise of one that nobody
 * awaited, or when `target` is nothing that could be wrapped.
 */
export function checkWrapping(log: AuditLog, target: unknown): void {
  if (!isLog(log)) {
    const message = isPromiseLike(log)
      ? 'this is the promise of an audit log; await createAuditLog() before you wrap'
      : `${kindOf(log)} is not an audit log; give what \`await createAuditLog()\` returns`
    throw new AuditError('bad_option', message)
  }
  if ((typeof target !== 'object' && typeof target !== 'function') || target === null) {
    throw new AuditError(
      'bad_option',
      `there is nothing to wrap but ${kindOf(target)}; give the client itself`
    )
  }
}

function isLog(log: unknown): boolean {
  if (typeof log !== 'object' || log === null) return false
  const { open, withoutRecording } = log as Partial<AuditLog>
  return typeof open === 'function' && typeof withoutRecording === 'function'
}

function kindOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : `this ${typeof value}`
}
