import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { type ColdTable, type StoredBlock, unpackBlock } from './block.ts'

/** Blocks that are kept unpacked unless told otherwise: those of a page of calls. */
const MOST_KEPT = 16

const BLOCK = 'SELECT rows, bytes FROM main.blocks WHERE id = ? AND of = ?'

/** What a row has now, where its block no longer has its value: it was emptied or packed meanwhile. */
const NOW: { readonly [Table in ColdTable]: string } = {
  records: 'SELECT CAST(header AS BLOB) FROM records WHERE idx = ?',
  contents: 'SELECT body FROM contents WHERE id = ?',
  parts: 'SELECT body FROM parts WHERE id = ?'
}

/**
 * Looks values up in blocks for who reads many rows at once, as the views of `seeCold` are slower then. Made for a page,
 * or for a transaction: a block is read once.
 */
export class ColdValues {
  readonly #database: Database
  readonly #mostKept: number
  readonly #kept = new Map<number, ReadonlyMap<number, Uint8Array>>()

  constructor(database: Database, mostKept = MOST_KEPT) {
    this.#database = database
    this.#mostKept = mostKept
  }

  /** The value of a row that names a block; null where it is gone by now. Throws SQLite's error. */
  value(table: ColdTable, block: number, id: number): Uint8Array | null {
    const found = this.#valuesOf(table, block).get(id)
    if (found) return found
    const now = prepared(this.#database, NOW[table]).pluck().get(id)
    return now instanceof Uint8Array ? now : null
  }

  #valuesOf(table: ColdTable, block: number): ReadonlyMap<number, Uint8Array> {
    const known = this.#kept.get(block)
    if (known) return known
    const stored = prepared(this.#database, BLOCK).get(block, table) as StoredBlock | undefined
    const values = stored ? unpackBlock(stored) : new Map()
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= this.#mostKept && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(block, values)
    return values
  }
}
