import type { AuditLog } from '../log/audit-log.ts'

const recording = new WeakMap<object, ReadonlySet<AuditLog>>()
const none: ReadonlySet<AuditLog> = new Set()

/** For adapters: the logs that record what `target` asks, as `claim` noted them. */
export function logsOf(target: object): ReadonlySet<AuditLog> {
  return recording.get(target) ?? none
}

/**
 * For adapters, before they wrap `target` in place, or after they made it from another object: notes
 * that `log` records it, beside the logs that record `from`. False where `log` did already: nothing is to
 * be wrapped again then.
 */
export function claim(target: object, log: AuditLog, from: object = target): boolean {
  const before = logsOf(target)
  if (before.has(log)) return false
  recording.set(target, new Set([...before, ...logsOf(from), log]))
  return true
}
