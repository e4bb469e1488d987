import type { Hash } from '../base/sha256.ts'
import { Frontier } from './frontier.ts'
import { hashReader, type ReadTile, TILE_HEIGHT, TILE_WIDTH, type Tile } from './tiles.ts'
import { HASH_BYTES } from './tree.ts'

/** Where a growing tree keeps its tiles. */
export interface TileStore {
  /** A tile as far as it is stored, or longer; empty where there is none. */
  readonly read: ReadTile
  /** Stores a tile that has grown; `isNew` when nothing of it was stored. */
  write(tile: Tile, hashes: Uint8Array, isNew: boolean): void
}

/** A tile at the right edge of the tree. */
interface EdgeTile {
  readonly n: number
  readonly hashes: Uint8Array
  width: number
  /** How many of the hashes are stored. */
  stored: number
}

/**
 * A Merkle tree in tiles of 256 hashes that grows. Its right edge is kept in memory, so that an
 * append costs a hash on average; a tile is stored when it is full, and all of the edge by `save`.
 * Other writers of the same store are noticed by the size.
 */
export class GrowingTree {
  readonly #store: TileStore
  readonly #hash: Hash | undefined
  #frontier: Frontier | undefined
  #edge: EdgeTile[] = []

  constructor(store: TileStore, hash?: Hash) {
    this.#store = store
    this.#hash = hash
  }

  /** Takes up the tree at a size that it is stored with. */
  resume(size: number): void {
    if (this.#frontier?.size === size) return
    const read = hashReader((tile) => this.#store.read(tile), this.#hash)
    this.#frontier = Frontier.load(size, read, this.#hash)
    this.#edge = []
    for (let count = size, level = 0; count > 0; level++) {
      this.#edge[level] = this.#readEdge(level, count)
      count = Math.floor(count / TILE_WIDTH)
    }
  }

  /** Forgets what was appended since: the transaction around it failed. */
  forget(): void {
    this.#frontier = undefined
  }

  /** Appends the hash of the next leaf, after `resume`. */
  append(leaf: Uint8Array): void {
    this.#frontier?.append(leaf, (level, hash) => {
      if (level % TILE_HEIGHT === 0) this.#put(level / TILE_HEIGHT, hash)
    })
  }

  /** Writes the tiles that have grown. */
  save(): void {
    this.#edge.forEach((tile, level) => {
      this.#write(level, tile)
    })
  }

  /** The root of what was appended. */
  root(): Uint8Array {
    return (this.#frontier ?? new Frontier(this.#hash)).root()
  }

  /** The right edge of what was appended, which grows by itself. */
  edge(): Frontier {
    return (this.#frontier ?? new Frontier(this.#hash)).clone()
  }

  #put(level: number, hash: Uint8Array): void {
    let tile = this.#edge[level]
    if (!tile || tile.width === TILE_WIDTH) {
      if (tile) this.#write(level, tile)
      tile = newTile(tile ? tile.n + 1 : 0)
      this.#edge[level] = tile
    }
    tile.hashes.set(hash, tile.width * HASH_BYTES)
    tile.width++
  }

  #write(level: number, tile: EdgeTile): void {
    if (tile.width === tile.stored) return
    const hashes = tile.hashes.subarray(0, tile.width * HASH_BYTES)
    this.#store.write({ level, n: tile.n }, hashes, tile.stored === 0)
    tile.stored = tile.width
  }

  #readEdge(level: number, count: number): EdgeTile {
    const n = Math.floor((count - 1) / TILE_WIDTH)
    const tile = newTile(n)
    tile.width = count - n * TILE_WIDTH
    tile.stored = tile.width
    tile.hashes.set(this.#store.read({ level, n }).subarray(0, tile.width * HASH_BYTES))
    return tile
  }
}

function newTile(n: number): EdgeTile {
  return { n, hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), width: 0, stored: 0 }
}
