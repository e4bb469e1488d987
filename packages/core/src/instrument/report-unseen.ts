import { AuditError } from '../base/error.ts'
import type { AuditLog } from '../log/audit-log.ts'

/**
 * For adapters, when they have wrapped a client: reports as `client_unseen` that calls of it go unrecorded. `name`
 * is the client's package; `why` says what keeps them from being seen, and nothing is reported without it. Never throws.
 */
export function reportUnseen(log: AuditLog, name: string, why: string | undefined): void {
  if (why === undefined) return
  const message = `calls of this ${name} client may not be seen: ${why}; wrap it before that, or use log.record`
  log.report(new AuditError('client_unseen', message))
}
