import type { AuditLog } from '@slm-audit/core'

/** A method whose arguments and result are passed on unseen. */
export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/**
 * Puts a method over one object's own or inherited one, as invisible to enumeration as a method of
 * a class. An object without such a method, as of an older version of the runtime, is left alone.
 *
 * Throws TypeError when the object is frozen.
 */
export function replaceMethod(
  target: object,
  name: string,
  make: (original: AnyMethod) => AnyMethod
): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  Object.defineProperty(target, name, {
    value: make(original as AnyMethod),
    configurable: true,
    writable: true,
    enumerable: false
  })
}

const wrapped = new WeakMap<object, WeakSet<AuditLog>>()

/** Whether `target` is not yet wrapped for `log`; from now on it is. */
export function claim(target: object, log: AuditLog): boolean {
  const logs = wrapped.get(target) ?? new WeakSet<AuditLog>()
  if (logs.has(log)) return false
  wrapped.set(target, logs.add(log))
  return true
}
