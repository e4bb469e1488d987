import { AuditError } from '../base/error.ts'
import type { AuditLog } from '../log/audit-log.ts'

const told = new WeakMap<object, WeakSet<AuditLog>>()

/** Whose calls may not be seen. */
export interface Unseen {
  /** What was wrapped, or a part of it: it is told of once a log. */
  readonly target: object
  /** What the target is, for instance `openai client`; the name of its class unless given. */
  readonly name?: string
}

/**
 * For adapters, when they have wrapped a client: reports as `client_unseen` that calls of it go unrecorded. `why` says what
 * keeps them from being seen, and nothing is reported without it. Never throws.
 */
export function reportUnseen(log: AuditLog, unseen: Unseen, why: string | undefined): void {
  if (why === undefined) return
  const { target, name = classOf(target) } = unseen
  const logs = told.get(target) ?? new WeakSet()
  if (logs.has(log)) return
  told.set(target, logs.add(log))
  const message = `calls of this ${name} may not be seen: ${why}; wrap it before that, or use log.record`
  log.report(new AuditError('client_unseen', message))
}

function classOf(target: object): string {
  try {
    const { name } = Reflect.get(target, 'constructor') as { readonly name?: unknown }
    return typeof name === 'string' && name !== '' ? name : 'object'
  } catch {
    // A proxy may refuse to tell.
    return 'object'
  }
}
