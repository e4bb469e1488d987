import { nodeSha256 } from '@slm-audit/core/node'
import {
  Frontier,
  HASH_BYTES,
  hashReader,
  leafHash,
  type ReadTile,
  TILE_HEIGHT,
  TILE_WIDTH,
  type Tile
} from '@slm-audit/core/tlog'
import type { Database, Statement } from 'better-sqlite3'

/** Levels of tiles that a row id has room for: a log may have 256^8 records. */
const LEVELS = 8

/** The row of a tile. */
export function tileId({ level, n }: Tile): number {
  return n * LEVELS + level
}

/** Reads tiles as they are stored; empty where there is none. */
export function tileReader(database: Database): ReadTile {
  const select = database.prepare('SELECT hashes FROM tiles WHERE id = ?').pluck()
  return (tile) => (select.get(tileId(tile)) as Uint8Array | undefined) ?? new Uint8Array()
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
 * The Merkle tree of the records, in tiles of 256 hashes. Its right edge is kept in memory, so
 * that an append costs a hash on average and the rewriting of one tile; other writers of the same
 * database are noticed by the size.
 */
export class Tree {
  readonly #readTile: ReadTile
  readonly #insert: Statement<unknown[]>
  readonly #update: Statement<unknown[]>
  #frontier: Frontier | undefined
  #edge: EdgeTile[] = []

  constructor(database: Database) {
    this.#readTile = tileReader(database)
    this.#insert = database.prepare('INSERT INTO tiles VALUES (?, ?)')
    this.#update = database.prepare('UPDATE tiles SET hashes = ? WHERE id = ?')
  }

  /** Takes up the tree at the size it is stored with. */
  resume(size: number): void {
    if (this.#frontier?.size === size) return
    const read = hashReader((tile) => this.#readTile(tile), nodeSha256)
    this.#frontier = Frontier.load(size, read, nodeSha256)
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

  append(leaf: Uint8Array): void {
    this.#frontier?.append(leaf, (level, hash) => {
      if (level % TILE_HEIGHT === 0) this.#put(level / TILE_HEIGHT, hash)
    })
  }

  /** Writes the tiles that have grown. */
  save(): void {
    this.#edge.forEach((tile, level) => {
      this.#store(level, tile)
    })
  }

  root(): Uint8Array {
    return (this.#frontier ?? new Frontier(nodeSha256)).root()
  }

  #put(level: number, hash: Uint8Array): void {
    let tile = this.#edge[level]
    if (!tile || tile.width === TILE_WIDTH) {
      if (tile) this.#store(level, tile)
      tile = newTile(tile ? tile.n + 1 : 0)
      this.#edge[level] = tile
    }
    tile.hashes.set(hash, tile.width * HASH_BYTES)
    tile.width++
  }

  #store(level: number, tile: EdgeTile): void {
    if (tile.width === tile.stored) return
    const id = tileId({ level, n: tile.n })
    const hashes = tile.hashes.subarray(0, tile.width * HASH_BYTES)
    if (tile.stored === 0) this.#insert.run(id, hashes)
    else this.#update.run(hashes, id)
    tile.stored = tile.width
  }

  #readEdge(level: number, count: number): EdgeTile {
    const n = Math.floor((count - 1) / TILE_WIDTH)
    const tile = newTile(n)
    tile.width = count - n * TILE_WIDTH
    tile.stored = tile.width
    tile.hashes.set(this.#readTile({ level, n }).subarray(0, tile.width * HASH_BYTES))
    return tile
  }
}

function newTile(n: number): EdgeTile {
  return { n, hashes: new Uint8Array(TILE_WIDTH * HASH_BYTES), width: 0, stored: 0 }
}

/** Makes the tree of records that were stored without one. */
export function growTree(database: Database): void {
  const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck()
  const leaves = (headers.all() as string[]).map((header) =>
    leafHash(Buffer.from(header), nodeSha256)
  )
  const tree = new Tree(database)
  tree.resume(0)
  for (const leaf of leaves) tree.append(leaf)
  tree.save()
}
