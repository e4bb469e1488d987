import type { Database } from '../driver/database.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { Bits } from './part-use.ts'

/** Rows that are looked at in one step. */
const SLICE = 500

const TABLES = ['contents', 'parts'] as const

/** Tells of a row whether it stays encrypted as it is. */
export type StaysEncrypted = (table: (typeof TABLES)[number], id: number) => boolean

/** Which data keys some content or part that is left is encrypted with. */
export class KeyUse {
  readonly #database: Database
  readonly #stays: StaysEncrypted
  readonly #used = new Bits()
  readonly #next = { contents: 0, parts: 0 }

  /** @param stays Of a rehearsal, which rows would be left; all that are there unless given. */
  constructor(database: Database, stays: StaysEncrypted = () => true) {
    this.#database = database
    this.#stays = stays
  }

  /** Looks at some more rows; false when all have been seen. Best again in the transaction that goes by it. */
  look(): boolean {
    if (!hasDataKeys(this.#database)) return false
    return TABLES.map((table) => this.#lookAt(table)).includes(true)
  }

  /** The numbers of the keys that nothing is encrypted with, of those that are there. */
  unused(): readonly number[] {
    if (!hasDataKeys(this.#database)) return []
    const ids = this.#database
      .prepare('SELECT id FROM content_keys WHERE wrapped IS NOT NULL ORDER BY id')
      .pluck()
      .all() as number[]
    return ids.filter((id) => !this.#used.has(id))
  }

  #lookAt(table: (typeof TABLES)[number]): boolean {
    // Rows without a key count, too: a step among nothing but those would else look at all of them.
    const sql = `SELECT id, key FROM ${table} WHERE id >= ? ORDER BY id LIMIT ? + 0`
    const rows = this.#database.prepare(sql).raw().all(this.#next[table], SLICE)
    for (const [id, key] of rows as [number, number | null][]) {
      this.#next[table] = id + 1
      if (key !== null && this.#stays(table, id)) this.#used.add(key)
    }
    return rows.length === SLICE
  }
}
