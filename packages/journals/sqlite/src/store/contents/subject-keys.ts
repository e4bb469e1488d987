import { type KeyObject, randomBytes } from 'node:crypto'
import { isObject, parseRecord, type UnplacedRecord } from '@slm-audit/core/journal'
import type { KeyContext, KeyProvider } from '@slm-audit/core/node'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import type { ContentsSettings, KeyPeriod } from '../../encryption/contents-options.ts'
import { originOf } from '../schema.ts'
import { withinDeadline } from './content-keys.ts'
import { checkValueOf, dataKeyOf, unwrappedKeyOf } from './data-key.ts'
import { addKey, keyOfSubject, type NewKey } from './key-rows.ts'
import type { RowSubject } from './row-subject.ts'
import { digestOf, subjectName } from './subject-digest.ts'

/** A data key that contents are encrypted with. */
export interface DataKey {
  /** Its number among the keys of the log. */
  readonly id: number
  readonly name: string
  readonly key: KeyObject
}

/** What a batch needs of a row. */
interface SubjectRow {
  readonly auditId: string
  readonly subject?: RowSubject | undefined
}

/** The data keys of a batch of rows. */
export interface BatchKeys {
  /** The key that a row's contents are encrypted with; `undefined` for what the log says of itself, which stays plain. */
  keyOf(row: SubjectRow): DataKey | undefined
}

/** What a writer of contents by subject works with. */
export interface SubjectKeysSettings {
  readonly database: Database
  readonly provider: KeyProvider
  readonly settings: ContentsSettings
  /** What the names of subjects are hashed with, so that the table of keys names nobody. */
  readonly secret: Uint8Array
}

/** A key that was found, by its number, or made. */
interface Obtained extends Pick<DataKey, 'name' | 'key'> {
  readonly subject: string
  readonly id?: number
  readonly made?: NewKey & {
    readonly of: { readonly subject: Uint8Array; readonly period: string }
  }
}

interface Cached extends DataKey {
  readonly at: number
}

/** Gives the data keys that new contents are encrypted with, one for each subject and period. */
export class SubjectKeys {
  readonly #of: SubjectKeysSettings
  readonly #cache = new Map<string, Cached>()
  #origin: string | undefined

  constructor(of: SubjectKeysSettings) {
    this.#of = of
  }

  /** The keys of a batch, where all are in memory. */
  inMemory(rows: readonly SubjectRow[]): BatchKeys | undefined {
    this.#trim()
    const subjects = this.#subjectsOf(rows)
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
    const subjects = this.#subjectsOf(rows)
    const keys = new Map<string, DataKey>()
    const missing: string[] = []
    for (const subject of new Set(subjects.values())) {
      const known = this.#cache.get(subject)
      if (known) keys.set(subject, known)
      else missing.push(subject)
    }
    const asked = Promise.all(missing.map((each) => this.#obtain(each)))
    const obtained = await withinDeadline(asked, this.#of.settings.deadlineMs)
    for (const [subject, key] of this.#stored(obtained)) {
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
    const { database, provider, secret } = this.#of
    const [name = '', period = ''] = JSON.parse(subject) as [string, string]
    const of = { subject: digestOf(secret, name), period }
    const stored = provider.unwrap ? keyOfSubject(database, of.subject, period) : undefined
    if (stored?.wrapped) {
      const { id, name: known, wrapped, check_value } = stored
      const bytes = await provider.unwrap?.(wrapped, this.#context(known))
      return {
        subject,
        id,
        name: known,
        key: unwrappedKeyOf(bytes, this.#context(known), check_value)
      }
    }
    const bytes = new Uint8Array(randomBytes(32))
    const key = dataKeyOf(bytes)
    const context = this.#context(`k-${randomBytes(8).toString('hex')}`)
    const { id: wrappedBy } = await provider.describe()
    const wrapped = await provider.wrap(bytes, context)
    const made = {
      name: context.key,
      wrappedBy,
      wrapped,
      checkValue: checkValueOf(key, context),
      of
    }
    return { subject, name: context.key, key, made }
  }

  /** Stores the new ones, in one transaction. */
  #stored(obtained: readonly Obtained[]): (readonly [subject: string, key: DataKey])[] {
    const { database } = this.#of
    const store = database.transaction(() =>
      obtained.map(({ subject, id, name, key, made }) => {
        const stored = made ? addKey(database, made, made.of) : id
        return [subject, { id: stored ?? 0, name, key }] as const
      })
    )
    return obtained.some(({ made }) => made) ? store.immediate() : store()
  }

  #context(key: string): KeyContext {
    this.#origin ??= originOf(this.#of.database)
    return { origin: this.#origin, key }
  }

  /** The subject of each row that has one, with the period: the row's own, or that of the call that it is about. */
  #subjectsOf(rows: readonly SubjectRow[]): Map<string, string> {
    const { subjects: names, period: length } = this.#of.settings
    const period = periodOf(Date.now(), length)
    const inBatch = new Map(rows.map((row) => [row.auditId, row.subject]))
    const found = new Map<string, string>()
    for (const { auditId, subject } of rows) {
      if (!subject) continue
      const { parent } = subject
      const own = nameIn(subject, names)
      const about = own ?? (parent && (inBatch.get(parent) ?? contextOf(this.#of.database, parent)))
      const name = typeof about === 'object' ? nameIn(about, names) : about
      found.set(auditId, JSON.stringify([name ?? '', period]))
    }
    return found
  }
}

/** The name of a subject: the first member of a context that it has; `undefined` where it has none. */
function nameIn(context: RowSubject, names: ContentsSettings['subjects']): string | undefined {
  for (const name of names) {
    const value = context[name]
    if (value !== undefined) return subjectName(name, value)
  }
  return undefined
}

function batchKeys(
  subjects: ReadonlyMap<string, string>,
  keys: ReadonlyMap<string, DataKey>
): BatchKeys {
  return {
    keyOf: ({ auditId, subject }) => (subject ? keys.get(subjects.get(auditId) ?? '') : undefined)
  }
}

/** The context of a stored call. */
function contextOf(database: Database, auditId: string): RowSubject | undefined {
  const sql = 'SELECT header FROM records WHERE audit_id = ? ORDER BY idx LIMIT 1'
  const header: unknown = prepared(database, sql).pluck().get(auditId)
  if (typeof header !== 'string') return undefined
  const { context } = parseRecord({ header }) as Pick<UnplacedRecord, 'context'>
  return isObject(context) ? (context as RowSubject) : undefined
}

/** The period that an instant is in. */
function periodOf(at: number, length: KeyPeriod): string {
  const digits = { day: 10, month: 7, year: 4, always: 0 }[length]
  return new Date(at).toISOString().slice(0, digits)
}
