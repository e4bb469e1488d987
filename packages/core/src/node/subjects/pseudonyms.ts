import { randomBytes } from 'node:crypto'
import { isObject } from '../../base/json.ts'
import { digestOf, subjectName } from './subject-digest.ts'
import type { SubjectRow } from './subject-keys.ts'
import type { SubjectStore } from './subject-store.ts'

/** Names that stay in memory. */
const MOST_KEPT = 10_000

/** A row whose header can be given another user. */
export interface NamedRow extends SubjectRow {
  /** Canonical members of the header, the context among them (`PendingRecord.head`). */
  readonly head: string
}

/**
 * Gives users names that say nothing: random, and stored with a keyed digest of the user, so that once that row is
 * gone nobody can tell whose calls they were.
 */
export class Pseudonyms {
  readonly #store: Pick<SubjectStore, 'pseudonymsOf'>
  readonly #secret: Uint8Array
  #known = new Map<string, string>()

  /** @param secret What digests are made with: that of the log. */
  constructor(store: Pick<SubjectStore, 'pseudonymsOf'>, secret: Uint8Array) {
    this.#store = store
    this.#secret = secret
  }

  /** Rows with pseudonyms in the place of their users. Stores those that are new. Fails as the store does. */
  applied<R extends NamedRow>(rows: readonly R[]): readonly R[] | Promise<readonly R[]> {
    const users = new Set(rows.flatMap(({ subject }) => subject?.user ?? []))
    const named = (names: ReadonlyMap<string, string>) =>
      rows.map((row) => {
        const { user } = row.subject ?? {}
        return user === undefined ? row : withUser(row, user, names.get(user) ?? user)
      })
    const found = this.#of([...users])
    return found instanceof Promise ? found.then(named) : named(found)
  }

  /** The pseudonym of a user, a new one where there is none; that of what is one already is itself. */
  async of(user: string): Promise<string> {
    return (await this.#of([user])).get(user) ?? user
  }

  /** Forgets what is in memory: a user may have been erased. */
  forget(): void {
    // What is being asked for just now is not to be kept either.
    this.#known = new Map()
  }

  #of(
    users: readonly string[]
  ): ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>> {
    const kept = this.#known
    // Their names in this batch, whatever is forgotten while the store is asked for those of others.
    const names = new Map<string, string>()
    for (const user of users) {
      const name = kept.get(user)
      if (name !== undefined) names.set(user, name)
    }
    const missing = users.filter((user) => !names.has(user))
    if (missing.length === 0) return names
    const asked = this.#store.pseudonymsOf(
      missing.map((user) => ({
        user,
        digest: digestOf(this.#secret, subjectName('user', user)),
        fresh: `p-${randomBytes(8).toString('hex')}`
      }))
    )
    const keep = (found: readonly string[]) => {
      if (kept.size + missing.length > MOST_KEPT) kept.clear()
      for (const [at, user] of missing.entries()) names.set(user, found[at] ?? user)
      for (const [user, name] of names) kept.set(user, name)
      return names
    }
    return asked instanceof Promise ? asked.then(keep) : keep(asked)
  }
}

/** A row whose header has another user in its context. */
function withUser<R extends NamedRow>(row: R, user: string, name: string): R {
  if (user === name) return row
  const [from, to] = [`"user":${JSON.stringify(user)}`, `"user":${JSON.stringify(name)}`]
  // A tag may have the same name and value: the context's own is the one behind which the context has the new user.
  for (
    let at = row.head.lastIndexOf(from);
    at >= 0;
    at = at > 0 ? row.head.lastIndexOf(from, at - 1) : -1
  ) {
    const head = row.head.slice(0, at) + to + row.head.slice(at + from.length)
    if (userIn(head) === name) return { ...row, head, subject: { ...row.subject, user: name } }
  }
  return row
}

function userIn(head: string): unknown {
  const { context } = JSON.parse(`{${head}}`) as { readonly context?: unknown }
  return isObject(context) ? context.user : undefined
}
