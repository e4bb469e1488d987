import { timingSafeEqual } from 'node:crypto'
import { AuditError } from '../../base/error.ts'
import type { KeyProvider } from '../key-provider.ts'
import { unwrappedKeyOf } from './data-key.ts'
import type { StoredKey } from './subject-store.ts'

/** What a rotation did. */
export interface RotationReport {
  /** Data keys that were wrapped anew. */
  readonly rewrapped: number
  /** Data keys that the wrapping key in use had wrapped already. */
  readonly current: number
  /** Names the wrapping key that is in use. */
  readonly wrappedBy: string
}

/** The data keys of a log that are wrapped anew. */
export interface RewrappedStore {
  /** Name of the log. */
  readonly origin: string
  /** As `KeyLookup.keysBehind`. */
  keysBehind(id: number): readonly StoredKey[] | Promise<readonly StoredKey[]>
  /**
   * Puts another wrapped form in the place of the one that a key has, for good; false where that is another one by now, or
   * destroyed.
   */
  replaceWrapped(
    key: StoredKey,
    next: { readonly wrapped: Uint8Array; readonly wrappedBy: string }
  ): boolean | Promise<boolean>
}

/**
 * Wraps all data keys of a log with the wrapping key that its provider uses now. Each key is replaced by itself, once it is
 * known that the provider opens the new form: killed in the middle, all of them can be read, and another run finishes.
 * Rejects with AuditError `bad_key` for a key that the provider does not open, and where it does not answer: those before
 * are wrapped anew.
 *
 * @param provider A `checkedProvider`.
 */
export async function rewrapKeys(
  store: RewrappedStore,
  provider: KeyProvider
): Promise<RotationReport> {
  const { id: wrappedBy } = await provider.describe()
  let [rewrapped, current] = [0, 0]
  for (let last = 0; ; ) {
    const rows = await store.keysBehind(last)
    for (const row of rows) {
      if (row.wrapped === null) continue
      if (row.wrappedBy === wrappedBy) current++
      else if (await rewrapKey(store, row, provider, wrappedBy)) rewrapped++
    }
    const newest = rows.at(-1)
    if (!newest) return { rewrapped, current, wrappedBy }
    last = newest.id
  }
}

/** Whether some data keys of a log are wrapped with another key than one. */
export async function hasOtherKeys(
  store: Pick<RewrappedStore, 'keysBehind'>,
  wrappedBy: string | undefined
): Promise<boolean> {
  for (let last = 0; ; ) {
    const rows = await store.keysBehind(last)
    if (rows.some((row) => row.wrapped !== null && row.wrappedBy !== wrappedBy)) return true
    const newest = rows.at(-1)
    if (!newest) return false
    last = newest.id
  }
}

/** Replaces the wrapped form of a data key, after the provider has opened the new one; false where the key was destroyed meanwhile. */
async function rewrapKey(
  store: RewrappedStore,
  row: StoredKey,
  provider: KeyProvider,
  wrappedBy: string
): Promise<boolean> {
  const { name, wrapped, checkValue } = row
  if (wrapped === null) return false
  const context = { origin: store.origin, key: name }
  const unwrap = async (bytes: Uint8Array) => {
    const key: unknown = await provider.unwrap?.(bytes, context)
    unwrappedKeyOf(key, context, checkValue)
    return key as Uint8Array
  }
  const key = await unwrap(wrapped)
  const next = await provider.wrap(key, context)
  if (!timingSafeEqual(await unwrap(next), key)) {
    throw new AuditError('bad_key', `the key provider does not open what it wrapped of ${name}`)
  }
  return await store.replaceWrapped(row, { wrapped: next, wrappedBy })
}
