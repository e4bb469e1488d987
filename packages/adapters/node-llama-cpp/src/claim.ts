import type { AuditLog } from '@slm-audit/core/adapter'

const wrapped = new WeakMap<object, WeakSet<AuditLog>>()

/** Whether `target` is not yet wrapped for `log`; from now on it is. */
export function claim(target: object, log: AuditLog): boolean {
  const logs = wrapped.get(target) ?? new WeakSet<AuditLog>()
  if (logs.has(log)) return false
  wrapped.set(target, logs.add(log))
  return true
}
