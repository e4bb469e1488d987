import type { KeyProvider } from '../key-provider.ts'
import { unwrappedKeyOf } from './data-key.ts'
import type { StoredKey } from './subject-store.ts'
import { wrapKey } from './wrap-key.ts'

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
   * Puts another wrapped form in the place of the one that each key has, for good; those are left that have another one by
   * now, or were destroyed. Resolves to how many there were.
   */
  replaceWrapped(keys: readonly RewrappedKey[]): number | Promise<number>
}

/** A key that was wrapped anew. */
export interface RewrappedKey {
  /** As it was read. */
  readonly key: StoredKey
  /** Its new form. */
  readonly wrapped: Uint8Array
  /** Names the wrapping key of that. */
  readonly wrappedBy: string
}

/**
 * Wraps all data keys of a log with the wrapping key that its provider uses now. A key is replaced once it is known that the
 * provider opens the new form: killed in the middle, all of them can be read, and another run finishes.
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
  let [count, current] = [0, 0]
  for (let last = 0; ; ) {
    const rows = await store.keysBehind(last)
    const there = rows.filter(({ wrapped }) => wrapped !== null)
    const others = there.filter((row) => row.wrappedBy !== wrappedBy)
    current += there.length - others.length
    count += await rewrapSome(store, others, provider, wrappedBy)
    const newest = rows.at(-1)
    if (!newest) return { rewrapped: count, current, wrappedBy }
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

async function rewrapSome(
  store: RewrappedStore,
  rows: readonly StoredKey[],
  provider: KeyProvider,
  wrappedBy: string
): Promise<number> {
  const done: RewrappedKey[] = []
  try {
    for (const key of rows) {
      done.push({ key, wrappedBy, wrapped: await rewrapped(store.origin, key, provider) })
    }
  } catch (error) {
    await store.replaceWrapped(done)
    throw error
  }
  return await store.replaceWrapped(done)
}

/** The new form of a data key, after the provider has opened it. */
async function rewrapped(
  origin: string,
  { name, wrapped, checkValue }: StoredKey,
  provider: KeyProvider
): Promise<Uint8Array> {
  const context = { origin, key: name }
  const key: unknown = await provider.unwrap?.(wrapped ?? new Uint8Array(), context)
  unwrappedKeyOf(key, context, checkValue)
  return await wrapKey(provider, key as Uint8Array, context)
}
