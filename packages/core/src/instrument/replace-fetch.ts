import type { AuditLog } from '../log/audit-log.ts'
import { claim, logsOf } from './claim.ts'

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
    const made = audit((...args) => base.call(undefined, ...args))
    claim(made, log, base)
    return made
  }
  let current = audited(client.fetch ?? globalThis.fetch)
  const { enumerable = true } = Object.getOwnPropertyDescriptor(client, 'fetch') ?? {}
  return Reflect.defineProperty(client, 'fetch', {
    get: () => current,
    set: (later: Fetch) => {
      current = audited(later)
    },
    enumerable,
    configurable: true
  })
}
