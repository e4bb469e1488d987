import { laidOver, quietly } from '../base/host-first.ts'
import type { AuditLog } from '../log/audit-log.ts'
import { claim, logsOf } from './claim.ts'
import { layOver } from './lay-over.ts'

type Fetch = typeof globalThis.fetch

/**
 * For adapters: puts what `audit` makes of a client's `fetch` in its place, and of whichever the application sets
 * later. One that records for `log` already stays. Returns false where the client cannot be changed.
 */
export function replaceFetch(
  client: { readonly fetch?: Fetch },
  log: AuditLog,
  audit: (base: Fetch) => Fetch
): boolean {
  const audited = (base: Fetch): Fetch => {
    if (typeof base !== 'function' || logsOf(base).has(log)) return base
    const made = audit(base)
    claim(made, log, base)
    return made
  }
  // Without one of its own the client asks the global one, as that is then.
  const own: Fetch = client.fetch ?? ((...args) => globalThis.fetch(...args))
  return (
    layOver(client, 'fetch', laidOver(own, audited)) ||
    layOver(client, 'fetch', { value: quietly(audited)(own) ?? own })
  )
}
