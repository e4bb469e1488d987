import type { Database } from '../../driver/database.ts'
import { prepared } from '../../driver/prepared.ts'
import { type ColdTable, packBlock, type StoredBlock, unpackBlock } from './block.ts'

/** Triggers that keep everybody else from changing a block. */
export const BLOCK_GUARDS = ['blocks_no_update', 'blocks_no_delete']

const BLOCK_OF: { readonly [Table in ColdTable]: string } = {
  records: 'SELECT block FROM main.records WHERE idx = ?',
  contents: 'SELECT block FROM main.contents WHERE id = ?',
  parts: 'SELECT block FROM main.parts WHERE id = ?'
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
    const block = prepared(this.#database, BLOCK_OF[table]).pluck().get(id)
    if (typeof block !== 'number') return
    const going = this.#going.get(block) ?? new Set()
    this.#going.set(block, going.add(id))
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
