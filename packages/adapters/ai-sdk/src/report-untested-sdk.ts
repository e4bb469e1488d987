import { type AuditLog, reportUntested } from '@slm-audit/core/adapter'

/**
 * Says once when the SDK's major is not one of those tested. Version 7 tells its version with its
 * events; what 5 and 6 are given is told nothing.
 */
export function reportUntestedSdk(log: AuditLog, aiVersion?: unknown): void {
  const version = typeof aiVersion === 'string' ? aiVersion : undefined
  reportUntested(log, { name: 'ai', version, from: import.meta.url, tested: ['5', '6', '7'] })
}
