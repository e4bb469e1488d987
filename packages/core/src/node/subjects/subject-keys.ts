import { type KeyObject, randomBytes } from 'node:crypto'
import type { KeyContext, KeyProvider } from '../key-provider.ts'
import type { ContentsSettings, KeyPeriod } from './contents-options.ts'
import { checkValueOf, dataKeyOf, unwrappedKeyOf } from './data-key.ts'
import type { RowSubject } from './row-subject.ts'
import { digestOf, subjectName } from './subject-digest.ts'
import type { NewKey, SubjectStore } from './subject-store.ts'
import { withinDeadline } from './within-deadline.ts'
import { wrapKey } from './wrap-key.ts'

/** A data key that contents are encrypted with. */
export interface DataKey {
  /** Its number among the keys of the log. */
  readonly id: number
  /** What it is called where people read, and what it is bound to. */
  readonly name: string
  /** The key itself, as AES takes it. */
  readonly key: KeyObject
}

/** What a batch needs of a row. */
export interface SubjectRow {
  /** The call, or the record, that the row is of. */
  readonly auditId: string
  /** Whose its contents are; absent for what the log says of itself. */
  readonly subject?: RowSubject | undefined
}

/** The data keys of a batch of rows. */
export interface BatchKeys {
  /** Each of them once: a store looks whether all are in use, in the transaction that stores the batch. */
  readonly all: readonly DataKey[]
  /** Pseudonyms that headers of the batch have, where its users go by some: a store looks whether all are known still. */
  readonly names?: readonly string[]
  /** The key that a row's contents are encrypted with; `undefined` for what the log says of itself, which stays plain. */
  keyOf(row: SubjectRow): DataKey | undefined
}

/** What a writer of contents by subject works with. */
export interface SubjectKeysSettings {
  /** Where the log keeps data keys. */
  readonly store: SubjectStore
  /** What wraps and unwraps them. */
  readonly provider: KeyProvider
  /** Whose key is used for how long, and how long the provider may take. */
  readonly settings: ContentsSettings
  /** What the names of subjects are hashed with, so that the table of keys names nobody. */
  readonly secret: Uint8Array
}

/** A key that was found, by its number, or made. */
interface Obtained extends Pick<DataKey, 'name' | 'key'> {
  readonly subject: string
  readonly id?: number
  readonly made?: NewKey
}

interface Cached extends DataKey {
  readonly at: number
}

type Subjects = ReadonlyMap<string, string>

/** Gives the data keys that new contents are encrypted with, one for each subject and period. */
export class SubjectKeys {
  readonly #of: SubjectKeysSettings
  readonly #cache = new Map<string, Cached>()

  constructor(of: SubjectKeysSettings) {
    this.#of = of
  }

  /** The keys of a batch, where all are in memory. */
  inMemory(rows: readonly SubjectRow[]): BatchKeys | undefined {
    this.#trim()
    const subjects = this.#subjectsOf(rows)
    if (subjects instanceof Promise) return undefined
    const keys = new Map<string, DataKey>()
    for (const subject of new Set(subjects.values())) {
      const known = this.#cache.get(subject)
      if (!known) return undefined
      keys.set(subject, known)
    }
    return batchKeys(subjects, keys)
  }

  /**
   * The keys of a batch, of which new ones are stored. Rejects with AuditError `bad_key` where the provider does not
   * give one in time: nothing of the batch must be stored then.
   */
  async get(rows: readonly SubjectRow[]): Promise<BatchKeys> {
    this.#trim()
    const subjects = await this.#subjectsOf(rows)
    const keys = new Map<string, DataKey>()
    const missing: string[] = []
    for (const subject of new Set(subjects.values())) {
      const known = this.#cache.get(subject)
      if (known) keys.set(subject, known)
      else missing.push(subject)
    }
    const asked = Promise.all(missing.map((each) => this.#obtain(each)))
    const obtained = await withinDeadline(asked, this.#of.settings.deadlineMs)
    for (const [subject, key] of await this.#stored(obtained)) {
      keys.set(subject, key)
      this.#cache.set(subject, { ...key, at: performance.now() })
    }
    return batchKeys(subjects, keys)
  }

  /** Forgets all keys: a subject may have been erased. */
  forget(): void {
    this.#cache.clear()
  }

  #trim(): void {
    const { maxMs, maxKeys } = this.#of.settings
    const oldest = performance.now() - maxMs
    for (const [subject, { at }] of this.#cache) {
      if (at > oldest && this.#cache.size <= maxKeys) return
      this.#cache.delete(subject)
    }
  }

  /** A key that is stored, as the provider opens it, or a new one that it has wrapped. */
  async #obtain(subject: string): Promise<Obtained> {
    const { store, provider, secret } = this.#of
    const [name = '', period = ''] = JSON.parse(subject) as [string, string]
    const of = { subject: digestOf(secret, name), period }
    const stored = provider.unwrap ? await store.keyOf(of.subject, period) : undefined
    if (stored?.wrapped) {
      const { id, name: known, wrapped, checkValue } = stored
      const bytes = await provider.unwrap?.(wrapped, this.#context(known))
      const key = unwrappedKeyOf(bytes, this.#context(known), checkValue)
      return { subject, id, name: known, key }
    }
    const bytes = new Uint8Array(randomBytes(32))
    const key = dataKeyOf(bytes)
    const context = this.#context(`k-${randomBytes(8).toString('hex')}`)
    const { id: wrappedBy } = await provider.describe()
    const wrapped = await wrapKey(provider, bytes, context)
    const checkValue = checkValueOf(key, context)
    const made = { name: context.key, wrappedBy, wrapped, checkValue, of }
    return { subject, name: context.key, key, made }
  }

  /** Stores the new ones, all or none. */
  async #stored(
    obtained: readonly Obtained[]
  ): Promise<(readonly [subject: string, key: DataKey])[]> {
    const made = obtained.flatMap((each) => each.made ?? [])
    const ids = made.length > 0 ? [...(await this.#of.store.addKeys(made))] : []
    return obtained.map(({ subject, id, name, key }) => {
      const stored = { id: id ?? ids.shift() ?? 0, name, key }
      return [subject, stored] as const
    })
  }

  #context(key: string): KeyContext {
    return { origin: this.#of.store.origin, key }
  }

  /** The subject of each row that has one, with the period: the row's own, or that of the call that it is about. */
  #subjectsOf(rows: readonly SubjectRow[]): Subjects | Promise<Subjects> {
    const { subjects: names } = this.#of.settings
    const known = new Map<string, Context>(rows.map((row) => [row.auditId, row.subject]))
    const others: [parent: string, context: Context | Promise<Context>][] = []
    for (const { subject } of rows) {
      const parent = subject && nameIn(subject, names) === undefined ? subject.parent : undefined
      if (parent !== undefined && !known.has(parent)) {
        known.set(parent, undefined)
        others.push([parent, this.#of.store.contextOf(parent)])
      }
    }
    const named = (found: readonly Context[]) => {
      for (const [at, [parent]] of others.entries()) known.set(parent, found[at])
      return this.#named(rows, known)
    }
    const contexts = others.map(([, context]) => context)
    return contexts.some((each) => each instanceof Promise)
      ? Promise.all(contexts).then(named)
      : named(contexts as Context[])
  }

  #named(rows: readonly SubjectRow[], known: ReadonlyMap<string, Context>): Subjects {
    const { subjects: names, period: length } = this.#of.settings
    const period = periodOf(Date.now(), length)
    const found = new Map<string, string>()
    for (const { auditId, subject } of rows) {
      if (!subject) continue
      const about = subject.parent === undefined ? undefined : known.get(subject.parent)
      const name = nameIn(subject, names) ?? (about && nameIn(about, names))
      found.set(auditId, JSON.stringify([name ?? '', period]))
    }
    return found
  }
}

type Context = RowSubject | undefined

/** The name of a subject: the first member of a context that it has; `undefined` where it has none. */
function nameIn(context: RowSubject, names: ContentsSettings['subjects']): string | undefined {
  for (const name of names) {
    const value = context[name]
    if (value !== undefined) return subjectName(name, value)
  }
  return undefined
}

function batchKeys(subjects: Subjects, keys: ReadonlyMap<string, DataKey>): BatchKeys {
  return {
    all: [...keys.values()],
    keyOf: ({ auditId, subject }) => (subject ? keys.get(subjects.get(auditId) ?? '') : undefined)
  }
}

/** The period that an instant is in. */
function periodOf(at: number, length: KeyPeriod): string {
  const digits = { day: 10, month: 7, year: 4, always: 0 }[length]
  return new Date(at).toISOString().slice(0, digits)
}
