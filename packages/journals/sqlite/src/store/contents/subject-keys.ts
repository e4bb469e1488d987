import { createHmac, type KeyObject, randomBytes } from 'node:crypto'
import { isObject, parseRecord, type UnplacedRecord } from '@slm-audit/core/journal'
import type { KeyContext, KeyProvider } from '@slm-audit/core/node'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import type { ContentsSettings, KeyPeriod } from '../../encryption/contents-options.ts'
import { originOf } from '../schema.ts'
import { dataKeyOf, withinDeadline } from './content-keys.ts'
import { addKey, keyOfSubject } from './key-rows.ts'
import type { RowSubject } from './row-subject.ts'

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

interface Cached extends DataKey {
  readonly at: number
}

/** Gives the data keys that new contents are encrypted with, one for each subject and period. */
export class SubjectKeys {
  readonly #of: SubjectKeysSettings
  readonly #cache = new Map<string, Cached>()
  readonly #asked = new Map<string, Promise<DataKey>>()
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
   * give one: nothing of the batch must be stored then.
   */
  async get(rows: readonly SubjectRow[]): Promise<BatchKeys> {
    this.#trim()
    const subjects = this.#subjectsOf(rows)
    const wanted = [...new Set(subjects.values())]
    const found = await Promise.all(wanted.map((each) => this.#keyOf(each)))
    return batchKeys(subjects, new Map(found.map((key, at) => [wanted[at] ?? '', key])))
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

  #keyOf(subject: string): DataKey | Promise<DataKey> {
    const known = this.#cache.get(subject) ?? this.#asked.get(subject)
    if (known) return known
    const { deadlineMs } = this.#of.settings
    const asked = withinDeadline(this.#obtain(subject), deadlineMs).finally(() =>
      this.#asked.delete(subject)
    )
    this.#asked.set(subject, asked)
    return asked
  }

  async #obtain(subject: string): Promise<DataKey> {
    const { database, provider, secret } = this.#of
    const [name = '', period = ''] = JSON.parse(subject) as [string, string]
    const digest = digestOf(secret, name)
    const stored = provider.unwrap ? keyOfSubject(database, digest, period) : undefined
    const found = stored?.wrapped
      ? await this.#unwrap(stored.id, stored.name, stored.wrapped)
      : await this.#make(digest, period)
    this.#cache.set(subject, { ...found, at: performance.now() })
    return found
  }

  async #unwrap(id: number, name: string, wrapped: Uint8Array): Promise<DataKey> {
    const bytes = await this.#of.provider.unwrap?.(wrapped, this.#context(name))
    return { id, name, key: dataKeyOf(bytes) }
  }

  async #make(subject: Uint8Array, period: string): Promise<DataKey> {
    const { database, provider } = this.#of
    const bytes = new Uint8Array(randomBytes(32))
    const name = `k-${randomBytes(8).toString('hex')}`
    const { id: wrappedBy } = await provider.describe()
    const wrapped = await provider.wrap(bytes, this.#context(name))
    const id = addKey(database, { name, wrappedBy, wrapped }, { subject, period })
    return { id, name, key: dataKeyOf(bytes) }
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

/** What stands in the table for a subject. */
export function digestOf(secret: Uint8Array, subject: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', secret).update(subject).digest())
}

/** The name of a subject: the first member of a context that it has; `undefined` where it has none. */
function nameIn(context: RowSubject, names: ContentsSettings['subjects']): string | undefined {
  for (const name of names) {
    const value = context[name]
    if (value !== undefined) return subjectName(name, value)
  }
  return undefined
}

/** A subject as the digest is made of it. */
export function subjectName(name: string, value: string): string {
  return JSON.stringify([name, value])
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
