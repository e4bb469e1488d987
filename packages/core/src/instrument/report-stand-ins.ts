import type { AuditLog } from '../log/audit-log.ts'
import { beneathOurs } from './lay-over.ts'
import { reportUnseen, type Unseen } from './report-unseen.ts'

/**
 * For adapters, before they wrap a client or a part of it: reports as `client_unseen` what was put over one of the methods
 * `names` of its class, as stand-ins for tests are, which may answer without asking anybody. Never throws.
 */
export function reportStandIns(log: AuditLog, unseen: Unseen, names: readonly string[]): void {
  try {
    const name = names.find((one) => isPutOver(unseen.target, one))
    if (name !== undefined) reportUnseen(log, unseen, `its ${name} was put over its class's`)
  } catch {
    // A proxy may refuse to be looked at; what it does with calls is not known then.
  }
}

function isPutOver(target: object, name: string): boolean {
  const own = Object.getOwnPropertyDescriptor(target, name)?.value as unknown
  if (typeof beneathOurs(own) !== 'function') return false
  const prototype = Object.getPrototypeOf(target) as object | null
  return prototype !== null && typeof Reflect.get(prototype, name) === 'function'
}
