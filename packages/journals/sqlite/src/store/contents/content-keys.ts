import type { KeyObject } from 'node:crypto'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { DEFAULTS } from '../../encryption/contents-options.ts'
import { contentsProviderOf, type UsedProvider } from '../../encryption/contents-provider.ts'
import { originOf } from '../schema.ts'
import { type Opened, openBytes, type Place } from './content-cipher.ts'
import { unwrappedKeyOf } from './data-key.ts'
import { type KeyRow, keyAt, keysBehind } from './key-rows.ts'
import { isSealedHandle } from './sealed-handle.ts'

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
  readonly #database: Database
  readonly #opened = new Map<number, { readonly key: KeyObject; readonly at: number }>()
  readonly #pending = new Map<number, Promise<void>>()
  readonly #refused = new Map<number, { readonly problem: string; readonly at: number }>()
  #origin: string | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Whether a provider is known that other threads of the process do not have. */
  get isOwn(): boolean {
    return this.#used?.isShared === false
  }

  /** Opens bytes that were encrypted with the key of a number. */
  open(id: number, bytes: Uint8Array, place: PlaceInLog): Found {
    const row = keyAt(this.#database, id)
    if (!row?.wrapped) return 'gone'
    const key = this.#keyOf(row)
    if (!key) return { encrypted: row.name }
    const bound = { origin: this.#logName(), key: row.name, ...place } as Place
    return openBytes(key, bytes, bound) ?? 'changed'
  }

  /** Why a key could not be had, by its name; `undefined` where nobody was asked. */
  problemOf(name: string): string | undefined {
    for (const [id, { problem }] of this.#refused) {
      if (keyAt(this.#database, id)?.name === name) return problem
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
      const rows = keysBehind(this.#database, last)
      for (const row of rows) if (row.wrapped) this.#keyOf(row)
      await this.settle()
      if (rows.length === 0) return
      last = rows.at(-1)?.id ?? last
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
    return isSealedHandle(this.#database) ? undefined : contentsProviderOf(this.#database.name)
  }

  #logName(): string {
    this.#origin ??= originOf(this.#database)
    return this.#origin
  }

  #keyOf(row: KeyRow): KeyObject | undefined {
    const known = this.#opened.get(row.id)
    if (known) return known.key
    const used = this.#used
    if (!used?.provider.unwrap || this.#pending.has(row.id) || this.#isRefused(row.id))
      return undefined
    const { provider, isShared } = used
    try {
      const context = { origin: this.#logName(), key: row.name }
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

  async #await(row: KeyRow, given: unknown): Promise<void> {
    try {
      this.#keep(row, await withinDeadline(given, this.#used?.settings.deadlineMs))
    } catch (cause) {
      this.#refuse(row.id, cause)
    } finally {
      this.#pending.delete(row.id)
    }
  }

  #keep({ id, name, check_value }: KeyRow, bytes: unknown): KeyObject {
    const key = unwrappedKeyOf(bytes, { origin: this.#logName(), key: name }, check_value)
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

/** Settles as the work does, or rejects with AuditError `bad_key` where the provider takes too long. */
export async function withinDeadline<T>(
  work: T | Promise<T>,
  deadlineMs: number = DEFAULTS.deadlineMs
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const message = `the key provider did not answer within ${deadlineMs} ms`
  const timer = setTimeout(() => reject(new AuditError('bad_key', message)), deadlineMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Reads something, again while keys had to be asked for: of contents that cannot be opened it says so. */
export async function readWithKeys<T>(database: Database, read: () => T | Promise<T>): Promise<T> {
  const keys = contentKeysOf(database)
  keys.trim()
  for (;;) {
    const found = await read()
    if (!(await keys.settle())) return found
  }
}

const known = new WeakMap<Database, ContentKeys>()

/** What opens the contents of a log that is read by a handle. */
export function contentKeysOf(database: Database): ContentKeys {
  const keys = known.get(database) ?? new ContentKeys(database)
  known.set(database, keys)
  return keys
}
