import type { Database, Statement } from '../driver/database.ts'
import { TRAIT_NAMES, type TraitRow } from '../index/traits.ts'

/** Rows that are remembered. */
const MOST_KNOWN = 4_096

/** The traits of an index that is read, each remembered once it was asked for: what a number stands for never changes. */
export class TraitRows {
  readonly #select: Statement
  readonly #known = new Map<unknown, TraitRow>()

  constructor(database: Database) {
    this.#select = database.prepare(`SELECT ${TRAIT_NAMES} FROM traits WHERE id = ?`)
  }

  /** The traits of a number. Throws Error for one that stands for none, as in a damaged index; SQLite's error. */
  get(id: unknown): TraitRow {
    const known = this.#known.get(id)
    if (known) return known
    const row = this.#select.get(id) as TraitRow | undefined
    if (!row) throw new Error(`the index has no traits of number ${String(id)}`)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(id, row)
    return row
  }
}
