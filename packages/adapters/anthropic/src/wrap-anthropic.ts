import { type AuditLog, type ClientKind, wrapClient } from '@slm-audit/core/adapter'
import { anthropicProtocols } from './protocols.ts'
import { recordTools } from './record-tools.ts'

const ANTHROPIC: ClientKind = {
  name: '@anthropic-ai/sdk',
  protocols: anthropicProtocols,
  tested: ['0', '1'],
  recordTools
}

/**
 * Records messages, token counts and batches of `client`, by all of its methods and helpers (`.stream()`, `.parse()`,
 * `beta.messages`). The client is the same object, changed in place: subclasses, fields of its own, stand-ins and later
 * changes, such as of its key, stay as they are. Clients made from it by `withOptions` are audited. Retries of one
 * call are attempts of one record. Tools that a `toolRunner` runs are recorded below the call that asked for them. Wrapping
 * twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@anthropic-ai/sdk` package, 0.50 or newer. A client
 * whose calls cannot be seen is reported as `client_unseen`.
 */
export function wrapAnthropic<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, ANTHROPIC)
}
