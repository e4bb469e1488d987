import type { RowSubject } from './row-subject.ts'

/** A data key as a log stores it. */
export interface StoredKey {
  /** Its number among the keys of the log; a later key has a larger one. */
  readonly id: number
  /** `k-` and 16 hexadecimal digits: what it is called where people read, and what it is bound to. */
  readonly name: string
  /** The wrapping key that wrapped it. */
  readonly wrappedBy: string
  /** `null` once it is destroyed. */
  readonly wrapped: Uint8Array | null
  /** Tells it from any other key (`checkValueOf`); keys of earlier versions have none. */
  readonly checkValue?: Uint8Array | null
}

/** A data key that a provider has wrapped, and that is not stored yet. */
export interface NewKey {
  /** As `StoredKey.name`. */
  readonly name: string
  /** As `StoredKey.wrappedBy`. */
  readonly wrappedBy: string
  /** As the provider wrapped it. */
  readonly wrapped: Uint8Array
  /** As `checkValueOf` gives it. */
  readonly checkValue: Uint8Array
  /** Whose contents it encrypts: the digest of the subject (`digestOf`), and the period. */
  readonly of: { readonly subject: Uint8Array; readonly period: string }
}

/** A user as a table of pseudonyms knows them. */
export interface NamedUser {
  /** As the application names the user. */
  readonly user: string
  /** Stands for the user in the table (`digestOf`). */
  readonly digest: Uint8Array
  /** The pseudonym of a user who has none yet. */
  readonly fresh: string
}

/**
 * Where a log keeps its data keys and pseudonyms, as whoever writes contents needs it. A store that answers at once lets
 * a batch be stored at once; one on another machine gives promises. All throw, or reject with, what the store meets.
 */
export interface SubjectStore {
  /** Name of the log. */
  readonly origin: string
  /** The newest key of a subject and period that is in use: not destroyed, and its subject not erased. */
  keyOf(subject: Uint8Array, period: string): StoredKey | undefined | Promise<StoredKey | undefined>
  /** Stores new keys, all or none; their numbers, in order. */
  addKeys(keys: readonly NewKey[]): readonly number[] | Promise<readonly number[]>
  /** The context of a call that is stored, as far as the store can tell at a moderate price. */
  contextOf(auditId: string): RowSubject | undefined | Promise<RowSubject | undefined>
  /** The pseudonyms of users, in order, of which new ones are stored: a user who is a pseudonym already is left as that. */
  pseudonymsOf(users: readonly NamedUser[]): readonly string[] | Promise<readonly string[]>
}

/** The data keys of a log, for whoever opens contents: answered at once, in the middle of reading. */
export interface KeyLookup {
  /** Name of the log. */
  readonly origin: string
  /** The key of a number; `undefined` where there is none. */
  keyAt(id: number): StoredKey | undefined
  /** Keys with larger numbers, some at a time, in order; none at the end. */
  keysBehind(id: number): readonly StoredKey[]
}
