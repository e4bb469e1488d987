import { randomBytes } from 'node:crypto'
import { isObject } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import type { Row } from '../writer.ts'
import { digestOf, subjectName } from './subject-digest.ts'

/** Names that stay in memory. */
const MOST_KEPT = 10_000

/**
 * Gives users names that say nothing: random, and stored with a keyed digest of the user, so that once that row is
 * gone nobody can tell whose calls they were.
 */
export class Pseudonyms {
  readonly #database: Database
  readonly #secret: Uint8Array
  readonly #known = new Map<string, string>()

  /** @param secret What digests are made with: that of the log. */
  constructor(database: Database, secret: Uint8Array) {
    this.#database = database
    this.#secret = secret
  }

  /** Rows with pseudonyms in the place of their users. Stores those that are new. Throws SQLite's error. */
  applied(rows: readonly Row[]): readonly Row[] {
    return rows.map((row) => {
      const { user } = row.subject ?? {}
      return user === undefined ? row : withUser(row, user, this.of(user))
    })
  }

  /** The pseudonym of a user, a new one where there is none; that of what is one already is itself. */
  of(user: string): string {
    const known = this.#known.get(user)
    if (known !== undefined) return known
    const name = isPseudonym(this.#database, user) ? user : this.#stored(user)
    if (this.#known.size >= MOST_KEPT) this.#known.clear()
    this.#known.set(user, name)
    return name
  }

  /** Forgets what is in memory: a user may have been erased. */
  forget(): void {
    this.#known.clear()
  }

  #stored(user: string): string {
    const digest = digestOf(this.#secret, subjectName('user', user))
    const add = 'INSERT INTO pseudonyms VALUES (?, ?) ON CONFLICT (digest) DO NOTHING'
    prepared(this.#database, add).run(digest, `p-${randomBytes(8).toString('hex')}`)
    return pseudonymAt(this.#database, digest) ?? user
  }
}

/** The pseudonym that is stored with a digest. */
export function pseudonymAt(database: Database, digest: Uint8Array): string | undefined {
  const sql = 'SELECT name FROM pseudonyms WHERE digest = ?'
  const found: unknown = prepared(database, sql).pluck().get(digest)
  return typeof found === 'string' ? found : undefined
}

function isPseudonym(database: Database, name: string): boolean {
  return prepared(database, 'SELECT 1 FROM pseudonyms WHERE name = ?').get(name) !== undefined
}

/** A row whose header has another user in its context. */
function withUser(row: Row, user: string, name: string): Row {
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
