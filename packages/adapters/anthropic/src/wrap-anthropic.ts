import { type AuditLog, type ClientKind, wrapClient } from '@slm-audit/core/adapter'
import { anthropicProtocols } from './protocols.ts'

const ANTHROPIC: ClientKind = {
  name: '@anthropic-ai/sdk',
  protocols: anthropicProtocols,
  tested: ['0', '1']
}

/**
 * A client that records its messages, token counts and batches: of the same class and with the same
 * options as `client`, which stays as it is. All of its methods and helpers (`.stream()`, `.parse()`,
 * `beta.messages`), and clients made from it by `withOptions`, are audited. Retries of one call are
 * attempts of one record. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `@anthropic-ai/sdk` package, 0.50 or newer.
 */
export function wrapAnthropic<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, ANTHROPIC)
}
