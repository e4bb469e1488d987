import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { HASH_BYTES, nodeHash, type ReadHash } from './tree.ts'

/** Levels of the tree in one tile (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8
/** Hashes in a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256

/** A tile: up to 256 hashes at level 8 × `level` of the tree, from index 256 × `n` on. */
export interface Tile {
  /** 0 for tiles of leaf hashes; each level above hashes 256 of the one below. */
  readonly level: number
  /** The tile's place in its level, from 0. */
  readonly n: number
}

/** Reads a stored tile, as wide as it is; empty when it is not there. */
export type ReadTile = (tile: Tile) => Uint8Array

/**
 * Reads hashes of complete subtrees out of tiles, at most one tile for each. The reader throws
 * AuditError `bad_proof` for a hash that its tile does not have.
 */
export function hashReader(readTile: ReadTile, hash?: Hash): ReadHash {
  return ({ level, index }) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const width = 2 ** (level % TILE_HEIGHT)
    const first = index * width
    const n = Math.floor(first / TILE_WIDTH)
    const tile = readTile({ level: tileLevel, n })
    if (tile.length < ((first % TILE_WIDTH) + width) * HASH_BYTES) {
      throw tooShort({ level: tileLevel, n }, first)
    }
    return hashWithin(tile, first % TILE_WIDTH, width, hash)
  }
}

/** The error for a tile that does not have a hash. */
export function tooShort({ level, n }: Tile, first: number): AuditError {
  return new AuditError('bad_proof', `tile ${level}/${n} ends before hash ${first}`)
}

/** The hash over `width` (a power of two) neighbouring hashes of a tile. */
export function hashWithin(
  tile: Uint8Array,
  first: number,
  width: number,
  hash?: Hash
): Uint8Array {
  if (width === 1) return tile.subarray(first * HASH_BYTES, (first + 1) * HASH_BYTES)
  const half = width / 2
  const left = hashWithin(tile, first, half, hash)
  return nodeHash(left, hashWithin(tile, first + half, half, hash), hash)
}

/** A tile with the number of its hashes. */
export interface TileOfTree extends Tile {
  /** How many hashes the tile has: 256, or fewer at the right edge. */
  readonly width: number
}

/** All tiles of a tree of `size` leaves, full and partial, level by level. */
export function* tilesOf(size: number): Generator<TileOfTree> {
  let count = size
  for (let level = 0; count > 0; level++) {
    for (let n = 0; n * TILE_WIDTH < count; n++) {
      yield { level, n, width: Math.min(TILE_WIDTH, count - n * TILE_WIDTH) }
    }
    count = Math.floor(count / TILE_WIDTH)
  }
}

/** Where a tile stands below a log's prefix: `tile/<level>/<n>`, `.p/<width>` for a partial one. */
export function tilePath({ level, n, width }: TileOfTree): string {
  return `tile/${level}/${groupsOf(n)}${partial(width)}`
}

/** Where the entries of a level 0 tile stand: `tile/entries/<n>`. */
export function bundlePath({ n, width }: Omit<TileOfTree, 'level'>): string {
  return `tile/entries/${groupsOf(n)}${partial(width)}`
}

/** `n` in groups of three digits, all but the last with an x: 1234067 is `x001/x234/067`. */
export function groupsOf(n: number): string {
  const digits = String(n)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
}

function partial(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`
}
