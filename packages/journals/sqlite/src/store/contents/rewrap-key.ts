import { timingSafeEqual } from 'node:crypto'
import { AuditError } from '@slm-audit/core/journal'
import type { KeyProvider } from '@slm-audit/core/node'
import type { Database } from '../../driver/database.ts'
import { unwrappedKeyOf } from './data-key.ts'
import type { KeyRow } from './key-rows.ts'

/** With what a key is wrapped anew. */
export interface Rewrapping {
  /** A `checkedProvider`. */
  readonly provider: KeyProvider
  readonly origin: string
  /** Names the wrapping key that the provider uses. */
  readonly wrappedBy: string
}

/**
 * Replaces the wrapped form of a data key, after the provider has opened the new one; false where the key was destroyed
 * meanwhile. Rejects with what the provider throws, and with AuditError `bad_key` where it cannot open what it wrapped.
 */
export async function rewrapKey(
  database: Database,
  { id, name, wrapped, check_value }: KeyRow,
  { provider, origin, wrappedBy }: Rewrapping
): Promise<boolean> {
  if (wrapped === null) return false
  const context = { origin, key: name }
  const unwrap = async (bytes: Uint8Array) => {
    const key: unknown = await provider.unwrap?.(bytes, context)
    unwrappedKeyOf(key, context, check_value)
    return key as Uint8Array
  }
  const key = await unwrap(wrapped)
  const next = await provider.wrap(key, context)
  if (!timingSafeEqual(await unwrap(next), key)) {
    throw new AuditError('bad_key', `the key provider does not open what it wrapped of ${name}`)
  }
  const sql = 'UPDATE content_keys SET wrapped = ?, wrapped_by = ? WHERE id = ? AND wrapped = ?'
  return database.prepare(sql).run(next, wrappedBy, id, wrapped).changes > 0
}
