import { AuditError } from '../base/error.ts'
import { type ReadTile, TILE_HEIGHT, TILE_WIDTH, type Tile, tilesOf } from '../tlog/tiles.ts'
import { HASH_BYTES, sameBytes } from '../tlog/tree.ts'
import { FlawFound, truncated } from './flaw.ts'

/** A log's stored tiles, to be compared with what its records make them. */
export class StoredTiles {
  readonly #read: ReadTile
  readonly #size: number
  #last = { level: -1, n: -1, hashes: new Uint8Array() as Uint8Array }

  constructor(read: ReadTile, size: number) {
    this.#read = (tile) => readable(tile, read)
    this.#size = size
  }

  /** Tiles must be exactly as wide as the records make them. */
  checkWidths(): void {
    const size = this.#size
    const readTile = this.#read
    const next = { level: 0, n: Math.ceil(size / TILE_WIDTH) }
    for (const tile of tilesOf(size)) {
      const { level, n, width } = tile
      const found = readTile(tile).length
      const hashes = Math.floor(found / HASH_BYTES)
      if (hashes < width) {
        const index = (n * TILE_WIDTH + hashes) * TILE_WIDTH ** level
        throw new FlawFound(index, 'missing', `hashes of tile ${level}/${n} are not in the store`)
      }
      const first = n * TILE_WIDTH * TILE_WIDTH ** level
      if (found > width * HASH_BYTES) {
        if (width < TILE_WIDTH) throw truncated(size, 'the tree has more leaves than records')
        throw new FlawFound(first, 'changed', `tile ${level}/${n} is longer than a tile`)
      }
    }
    if (readTile(next).length > 0) throw truncated(size, 'the tree has more leaves than records')
  }

  /** Compares leaf hashes, from index `first` on within one tile, with the tile that stores them. */
  checkLeaves(first: number, leaves: Uint8Array): void {
    const { hashes } = this.#tile(0, Math.floor(first / TILE_WIDTH))
    const offset = (first % TILE_WIDTH) * HASH_BYTES
    if (sameBytes(hashes.subarray(offset, offset + leaves.length), leaves)) return
    throw new FlawFound(first, 'changed', 'its tile does not have the hashes of its records')
  }

  /** Compares the hash of a complete subtree that holds leaf `index` with the tile that stores it. */
  checkNode(index: number, level: number, hash: Uint8Array): void {
    if (level === 0 || level % TILE_HEIGHT !== 0) return
    const place = Math.floor(index / 2 ** level)
    const tile = this.#tile(level / TILE_HEIGHT, Math.floor(place / TILE_WIDTH))
    const at = (place % TILE_WIDTH) * HASH_BYTES
    if (sameBytes(tile.hashes.subarray(at, at + HASH_BYTES), hash)) return
    const detail = `tile ${tile.level}/${tile.n} differs from the hashes below it`
    throw new FlawFound(place * 2 ** level, 'changed', detail)
  }

  #tile(level: number, n: number) {
    if (this.#last.level !== level || this.#last.n !== n) {
      this.#last = { level, n, hashes: this.#read({ level, n }) }
    }
    return this.#last
  }
}

/** A tile as it is stored. Throws the flaw for one that cannot be read. */
function readable(tile: Tile, read: ReadTile): Uint8Array {
  try {
    return read(tile)
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'journal_damaged') throw error
    const { level, n } = tile
    const detail = `tile ${level}/${n}: ${error.message}`
    throw new FlawFound(n * TILE_WIDTH ** (level + 1), 'changed', detail)
  }
}
