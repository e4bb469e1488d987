import { overMade } from '../base/host-first.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { layOver } from './lay-over.ts'
import { reportUnseen } from './report-unseen.ts'

/** A method whose arguments and result are passed on unseen. */
export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown

/**
 * Puts a method over one object's own or inherited one, as invisible to enumeration as a method of
 * a class. An object without such a method, as of an older version of a client, is left alone.
 *
 * What fails in the method is told, and the call goes on as it would without. An object that cannot be changed, or does not
 * show what it is given, stays as it is; `log` is told so as `client_unseen`. Never throws.
 */
export function replaceMethod(
  target: object,
  name: string,
  make: (original: AnyMethod) => AnyMethod,
  log?: AuditLog
): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  const isLaid = layOver(target, name, { value: overMade(original as AnyMethod, make) })
  if (!isLaid && log) reportUnseen(log, { target }, `its method ${name} cannot be changed`)
}
