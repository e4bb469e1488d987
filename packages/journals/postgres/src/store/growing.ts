import { nodeSha256 } from '@slm-audit/core/node'
import { GrowingTree, type ReadTile, type Tile } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import type { StoredTiles } from './stored-tiles.ts'

/** A tile that has grown. */
export interface GrownTile {
  readonly level: number
  readonly n: number
  readonly hashes: Uint8Array
}

/** The tree of a log that is written: what has grown is taken out, to be stored with the records. */
export class StoredTree {
  readonly #tiles: StoredTiles
  readonly #grown = new Map<string, GrownTile>()
  #read: ReadTile = () => new Uint8Array()
  readonly #tree = new GrowingTree(
    {
      read: (tile) => this.#read(tile),
      write: (tile, hashes) => this.#write(tile, hashes)
    },
    nodeSha256
  )

  constructor(tiles: StoredTiles) {
    this.#tiles = tiles
  }

  /** Takes up the tree at a size that it is stored with. */
  async resume(connection: Connection, size: number): Promise<void> {
    this.#grown.clear()
    await this.#tiles.reading(connection, (read) => {
      this.#read = read
      try {
        this.#tree.resume(size)
      } catch (error) {
        // Half of an edge must not be taken for all of it.
        this.#tree.forget()
        throw error
      }
    })
  }

  append(leaf: Uint8Array): void {
    this.#tree.append(leaf)
  }

  root(): Uint8Array {
    return this.#tree.root()
  }

  /** The tiles that have grown since it was resumed. */
  grown(): GrownTile[] {
    this.#tree.save()
    return [...this.#grown.values()]
  }

  /** Forgets what was appended: the transaction was undone. */
  forget(): void {
    this.#tree.forget()
    this.#grown.clear()
  }

  #write({ level, n }: Tile, hashes: Uint8Array): void {
    this.#grown.set(`${level}/${n}`, { level, n, hashes: hashes.slice() })
  }
}
