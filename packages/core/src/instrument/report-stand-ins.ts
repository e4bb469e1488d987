import type { AuditLog } from '../log/audit-log.ts'
import { beneathOurs } from './lay-over.ts'
import { reportUnseen, type Unseen } from './report-unseen.ts'

/**
 * For adapters, before they wrap a client: reports as `client_unseen` what was put over methods of its classes, as stand-ins
 * for tests are, which may answer without asking anybody. It looks at the client and its own parts. Never throws.
 */
export function reportStandIns(log: AuditLog, unseen: Unseen): void {
  try {
    const { target } = unseen
    for (const [path, part] of [['client', target] as const, ...partsOf(target)]) {
      const member = Object.entries(Object.getOwnPropertyDescriptors(part)).find(
        ([name, { value }]) => isPutOver(part, name, value)
      )
      if (member) reportUnseen(log, unseen, `${path}.${member[0]} was put over its class's`)
    }
  } catch {
    // A proxy may refuse to be looked at; what it does with calls is not known then.
  }
}

function partsOf(target: object): [string, object][] {
  return Object.entries(Object.getOwnPropertyDescriptors(target)).flatMap(
    ([name, { value }]): [string, object][] =>
      typeof value === 'object' && value !== null ? [[`client.${name}`, value as object]] : []
  )
}

function isPutOver(part: object, name: string, value: unknown): boolean {
  if (typeof beneathOurs(value) !== 'function') return false
  const prototype = Object.getPrototypeOf(part) as object | null
  // Every object inherits some from Object itself.
  const inherited: unknown =
    prototype && !(name in Object.prototype) && Reflect.get(prototype, name)
  return typeof inherited === 'function'
}
