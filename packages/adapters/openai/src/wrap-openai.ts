import { type AuditLog, type ClientKind, wrapClient } from '@slm-audit/core'
import { openaiProtocols } from './protocols.ts'

const OPENAI: ClientKind = { name: 'openai', protocols: openaiProtocols, tested: ['5', '6', '7'] }

/**
 * A client that records its calls of models (see {@link openaiProtocols}): of the same class and with the same options as
 * `client`, which stays as it is. All of its methods and helpers, and clients made from it by
 * `withOptions`, are audited. Retries of one call are attempts of one record. Wrapping twice for one
 * log is harmless.
 *
 * Throws TypeError when `client` is no client of the `openai` package.
 */
export function wrapOpenAI<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, OPENAI)
}
