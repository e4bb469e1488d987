import type { KeyObject } from 'node:crypto'
import { messageOf } from '../../base/error.ts'
import { type Opened, openBytes, type Place } from './content-cipher.ts'
import { DEFAULTS } from './contents-options.ts'
import type { UsedProvider } from './contents-provider.ts'
import { unwrappedKeyOf } from './data-key.ts'
import type { KeyLookup, StoredKey } from './subject-store.ts'
import { withinDeadline } from './within-deadline.ts'

/** How long a provider that refused a key is not asked for it again, in milliseconds. */
const REFUSED_MS = 10_000

/** What became of stored bytes: what they were; encrypted with a key that is not here; with one that is gone; or not what was sealed. */
export type Found = Opened | { readonly encrypted: string } | 'gone' | 'changed'

/** Where bytes are that are opened, but for the log and the key. */
export type PlaceInLog =
  | { readonly auditId: string; readonly name: string }
  | { readonly commitment: Uint8Array }

/**
 * Opens what is encrypted in a log, with the keys that this thread was told of. A provider that answers at once
 * is asked while rows are read; one that takes its time is asked by `settle`, and what was read is read again.
 */
export class ContentKeys {
  readonly #lookup: KeyLookup
  readonly #usedNow: () => UsedProvider | undefined
  readonly #opened = new Map<number, { readonly key: KeyObject; readonly at: number }>()
  readonly #pending = new Map<number, Promise<void>>()
  readonly #refused = new Map<number, { readonly problem: string; readonly at: number }>()

  /** @param used What this thread was told of the log's keys; asked each time, since it may be told later. */
  constructor(lookup: KeyLookup, used: () => UsedProvider | undefined) {
    this.#lookup = lookup
    this.#usedNow = used
  }

  /** Whether a provider is known that other threads of the process do not have. */
  get isOwn(): boolean {
    return this.#used?.isShared === false
  }

  /** Opens bytes that were encrypted with the key of a number. */
  open(id: number, bytes: Uint8Array, place: PlaceInLog): Found {
    const row = this.#lookup.keyAt(id)
    if (!row?.wrapped) return 'gone'
    const key = this.#keyOf(row)
    if (!key) return { encrypted: row.name }
    const bound = { origin: this.#lookup.origin, key: row.name, ...place } as Place
    return openBytes(key, bytes, bound) ?? 'changed'
  }

  /** Why a key could not be had, by its name; `undefined` where nobody was asked. */
  problemOf(name: string): string | undefined {
    for (const [id, { problem }] of this.#refused) {
      if (this.#lookup.keyAt(id)?.name === name) return problem
    }
    return undefined
  }

  /** Waits for keys that were asked for; whether there were any, so that what was read is to be read again. */
  async settle(): Promise<boolean> {
    if (this.#pending.size === 0) return false
    await Promise.all(this.#pending.values())
    return true
  }

  /** Asks for all keys of the log, for somebody who cannot wait in the middle. Keys stay until `trim`. */
  async loadAll(): Promise<void> {
    for (let last = 0; ; ) {
      const rows = this.#lookup.keysBehind(last)
      for (const row of rows) if (row.wrapped) this.#keyOf(row)
      await this.settle()
      if (rows.length === 0) return
      last = rows.at(-1)?.id ?? last
    }
  }

  /** Reads something, again while keys had to be asked for: of contents that cannot be opened it says so. */
  async read<T>(read: () => T | Promise<T>): Promise<T> {
    this.trim()
    for (;;) {
      const found = await read()
      if (!(await this.settle())) return found
    }
  }

  /** Lets go of keys that are too old, or too many. */
  trim(): void {
    const { maxMs, maxKeys } = this.#used?.settings ?? DEFAULTS
    const oldest = performance.now() - maxMs
    for (const [id, { at }] of this.#opened) {
      if (at > oldest && this.#opened.size <= maxKeys) return
      this.#opened.delete(id)
    }
  }

  get #used(): UsedProvider | undefined {
    return this.#usedNow()
  }

  #keyOf(row: StoredKey): KeyObject | undefined {
    const known = this.#opened.get(row.id)
    if (known) return known.key
    const used = this.#used
    if (!used?.provider.unwrap || this.#pending.has(row.id) || this.#isRefused(row.id))
      return undefined
    const { provider, isShared } = used
    try {
      const context = { origin: this.#lookup.origin, key: row.name }
      const given = provider.unwrap?.(row.wrapped ?? new Uint8Array(), context)
      if (given instanceof Uint8Array) {
        // One that answers at once may be asked again at once.
        if (isShared) this.trim()
        return this.#keep(row, given)
      }
      this.#pending.set(row.id, this.#await(row, given))
    } catch (cause) {
      this.#refuse(row.id, cause)
    }
    return undefined
  }

  async #await(row: StoredKey, given: unknown): Promise<void> {
    try {
      this.#keep(row, await withinDeadline(given, this.#used?.settings.deadlineMs))
    } catch (cause) {
      this.#refuse(row.id, cause)
    } finally {
      this.#pending.delete(row.id)
    }
  }

  #keep({ id, name, checkValue }: StoredKey, bytes: unknown): KeyObject {
    const key = unwrappedKeyOf(bytes, { origin: this.#lookup.origin, key: name }, checkValue)
    this.#refused.delete(id)
    this.#opened.set(id, { key, at: performance.now() })
    return key
  }

  #refuse(id: number, cause: unknown): void {
    this.#refused.set(id, { problem: messageOf(cause), at: performance.now() })
  }

  #isRefused(id: number): boolean {
    const refused = this.#refused.get(id)
    return refused !== undefined && performance.now() - refused.at < REFUSED_MS
  }
}
