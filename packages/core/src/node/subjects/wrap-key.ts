import { timingSafeEqual } from 'node:crypto'
import { AuditError } from '../../base/error.ts'
import type { KeyContext, KeyProvider } from '../key-provider.ts'

/**
 * A data key as its provider wraps it, which the provider was seen to open: what is encrypted with a key that nobody opens is
 * lost. One that cannot unwrap is believed. Rejects with AuditError `bad_key` where it opens something else, and as the provider does.
 */
export async function wrapKey(
  provider: KeyProvider,
  key: Uint8Array,
  context: KeyContext
): Promise<Uint8Array> {
  const wrapped = await provider.wrap(key, context)
  if (!provider.unwrap) return wrapped
  const opened: unknown = await provider.unwrap(wrapped, context)
  const isSame =
    opened instanceof Uint8Array && opened.length === key.length && timingSafeEqual(opened, key)
  if (isSame) return wrapped
  const message = `the key provider does not open what it wrapped of ${context.key}; see that wrap and unwrap use the same key`
  throw new AuditError('bad_key', message)
}
