import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { type ColdTable, packBlock, type StoredBlock, unpackBlock } from './block.ts'

/** Triggers that keep everybody else from changing a block. */
export const BLOCK_GUARDS = ['blocks_no_update', 'blocks_no_delete']

/** The column that a table's rows are known by. */
const KEY = { records: 'idx', contents: 'id', parts: 'id' } as const satisfies {
  readonly [Table in ColdTable]: string
}

/**
 * Takes values out of their blocks, for whoever empties or removes their rows. In one transaction of the caller's,
 * without `BLOCK_GUARDS`. Throws SQLite's error.
 */
export class BlockCuts {
  readonly #database: Database
  /** What goes of each block. */
  readonly #going = new Map<number, Set<number>>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Notes that the value of a row goes; before the row is changed. */
  add(table: ColdTable, id: number): void {
    this.addRange(table, [id, id + 1])
  }

  /** Notes that the values go of rows from one to before another; before these are changed. */
  addRange(table: ColdTable, [from, to]: readonly [from: number, to: number]): void {
    const key = KEY[table]
    const sql = `SELECT ${key}, block FROM main.${table} WHERE ${key} >= ? AND ${key} < ? AND block IS NOT NULL`
    const rows = prepared(this.#database, sql).raw().all(from, to) as [id: number, block: unknown][]
    for (const [id, block] of rows) {
      if (typeof block !== 'number') continue
      const going = this.#going.get(block) ?? new Set()
      this.#going.set(block, going.add(id))
    }
  }

  /** Removes rows of a table from one to before another, in a transaction without the trigger that guards them. */
  remove(table: ColdTable, range: readonly [from: number, to: number]): void {
    this.addRange(table, range)
    const key = KEY[table]
    const sql = `DELETE FROM main.${table} WHERE ${key} >= ? AND ${key} < ?`
    prepared(this.#database, sql).run(...range)
  }

  /** Writes each block anew without what goes; one of which nothing is left is removed. */
  make(): void {
    const database = this.#database
    const read = prepared(database, 'SELECT rows, bytes FROM main.blocks WHERE id = ?')
    const write = prepared(database, 'UPDATE main.blocks SET rows = ?, bytes = ? WHERE id = ?')
    const remove = prepared(database, 'DELETE FROM main.blocks WHERE id = ?')
    for (const [block, going] of this.#going) {
      const stored = read.get(block) as StoredBlock | undefined
      if (!stored) continue
      const left = [...unpackBlock(stored)].filter(([id]) => !going.has(id))
      const { rows, bytes } = packBlock(left.map(([id, value]) => ({ id, bytes: value })))
      if (left.length === 0) remove.run(block)
      else write.run(rows, bytes, block)
    }
    this.#going.clear()
  }
}
