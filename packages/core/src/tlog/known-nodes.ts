import type { Hash } from '../base/sha256.ts'
import { type ReadTile, TILE_HEIGHT, TILE_WIDTH, tooShort } from './tiles.ts'
import { HASH_BYTES, nodeHash, type ReadHash } from './tree.ts'

/** Tiles that are kept: with their nodes up to some 40 KiB each. */
const MOST_TILES = 64

interface KnownTile {
  /** As much of the tile as was there when it was read. */
  hashes: Uint8Array
  /** Nodes above its hashes: the root at 1, the children of n at 2n and 2n + 1. */
  readonly nodes: (Uint8Array | undefined)[]
}

/**
 * Hashes of complete subtrees, each read or computed once: they stay as they are while a log grows, and neighbours' proofs
 * share most of them. A proof that leads to a signed root is right, wherever its hashes were remembered; one that does not
 * may be of a tree that was exchanged meanwhile: `forget`, and look again.
 */
export class KnownNodes {
  readonly #tiles = new Map<string, KnownTile>()

  /** Reads as `hashReader` does, but what is known. */
  reader(readTile: ReadTile, hash?: Hash): ReadHash {
    return ({ level, index }) => {
      const width = 2 ** (level % TILE_HEIGHT)
      const first = (index * width) % TILE_WIDTH
      const tile = {
        level: Math.floor(level / TILE_HEIGHT),
        n: Math.floor((index * width) / TILE_WIDTH)
      }
      const known = this.#known(`${tile.level}/${tile.n}`)
      const end = (first + width) * HASH_BYTES
      if (known.hashes.length < end) known.hashes = readTile(tile).slice()
      if (known.hashes.length < end) throw tooShort(tile, index * width)
      return nodeIn(known, (TILE_WIDTH + first) / width, hash)
    }
  }

  /** Forgets all. */
  forget(): void {
    this.#tiles.clear()
  }

  #known(key: string): KnownTile {
    const known = this.#tiles.get(key) ?? { hashes: new Uint8Array(), nodes: [] }
    // What was used last is forgotten last.
    this.#tiles.delete(key)
    this.#tiles.set(key, known)
    const [oldest] = this.#tiles.keys()
    if (this.#tiles.size > MOST_TILES && oldest !== undefined) this.#tiles.delete(oldest)
    return known
  }
}

function nodeIn(tile: KnownTile, at: number, hash?: Hash): Uint8Array {
  if (at >= TILE_WIDTH) {
    return tile.hashes.subarray((at - TILE_WIDTH) * HASH_BYTES, (at - TILE_WIDTH + 1) * HASH_BYTES)
  }
  tile.nodes[at] ??= nodeHash(
    nodeIn(tile, 2 * at, hash),
    nodeIn(tile, 2 * at + 1, hash),
    hash
  ).slice()
  return tile.nodes[at]
}
