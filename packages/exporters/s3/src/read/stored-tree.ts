import type { RecordFlaw } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  decodeBundle,
  HASH_BYTES,
  leafHash,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tilesOf
} from '@slm-audit/core/tlog'
import type { Bucket } from '../bucket/bucket.ts'
import { ENTRIES, TILES } from '../format/keys.ts'
import { type DerivedObject, edgeTiles } from '../tree/archive-tree.ts'
import type { ArchiveEnd } from '../tree/stored-archive.ts'
import { inTurns } from './in-turns.ts'

/** Objects that are on their way at a time. */
const AT_ONCE = 16
const PART = /\.p\/(\d+)$/

/** The tiles and entry bundles of an archive, as they are stored. */
export class StoredTree {
  readonly #bucket: Bucket
  readonly #size: number
  readonly #tiles = new Map<string, Uint8Array>()
  readonly #keys = new Set<string>()

  private constructor(bucket: Bucket, size: number) {
    this.#bucket = bucket
    this.#size = size
  }

  /**
   * Reads all tiles: the full ones as they are stored; the last one of each level out of the batches, since partial tiles are
   * written for checkpoints alone, and what a dead archiver did not write.
   */
  static async read(bucket: Bucket, { tree, derived }: ArchiveEnd): Promise<StoredTree> {
    const stored = new StoredTree(bucket, tree.size)
    for await (const key of bucket.list(TILES)) stored.#keys.add(key)
    const unwritten = new Map(derived.map(({ key, bytes }) => [key, bytes]))
    const edge = new Set([...edgeTiles(tree.size)].map(tilePath))
    await inTurns(tilesOf(tree.size), AT_ONCE, async (tile) => {
      const key = tilePath(tile)
      const isPart = tile.width < TILE_WIDTH && edge.has(key)
      const bytes = isPart ? tree.edgeTile(tile) : await stored.#bytesOf(key, unwritten)
      if (bytes) stored.#tiles.set(nameOf(tile), bytes)
    })
    return stored
  }

  /** A tile's hashes; empty where there are none. */
  readonly tile = (tile: Tile): Uint8Array => this.#tiles.get(nameOf(tile)) ?? new Uint8Array()

  /** How many objects are none of the log's. */
  get strays(): number {
    const widths = new Map(
      [...tilesOf(this.#size)].map((tile) => [plainPath(tilePath(tile)), tile])
    )
    const isStray = (key: string) => {
      const place = key.replace(ENTRIES, `${TILES}0/`)
      return widthOf(key) > (widths.get(plainPath(place))?.width ?? 0)
    }
    return [...this.#keys].filter(isStray).length
  }

  /**
   * Compares the entry bundles with the leaf hashes, and the partial tiles with the whole ones, after the tiles have been found
   * right. The first flaw.
   */
  async check(derived: readonly DerivedObject[]): Promise<RecordFlaw | undefined> {
    const unwritten = new Set(derived.map(({ key }) => key))
    let first: RecordFlaw | undefined
    const flawed = (flaw: RecordFlaw) => {
      if (!first || flaw.index < first.index) first = flaw
    }
    const tiles = [...tilesOf(this.#size)]
    const leaves = tiles.filter(({ level, width }) => level === 0 && width === TILE_WIDTH)
    for (const { n } of leaves) {
      const key = bundleKey(tilePath({ level: 0, n, width: TILE_WIDTH }))
      if (this.#keys.has(key) || unwritten.has(key)) continue
      flawed({ index: n * TILE_WIDTH, kind: 'missing', detail: `${key} is not there` })
    }
    const byPath = new Map(tiles.map((tile) => [plainPath(tilePath(tile)), tile]))
    await inTurns(this.#keys, AT_ONCE, async (key) => {
      const isBundle = key.startsWith(ENTRIES)
      const tile = byPath.get(plainPath(isBundle ? key.replace(ENTRIES, `${TILES}0/`) : key))
      if (!tile || widthOf(key) > tile.width || (!isBundle && widthOf(key) === TILE_WIDTH)) return
      const bytes = (await this.#bucket.get(key))?.bytes ?? new Uint8Array()
      const hashes = isBundle ? hashesIn(bytes) : bytes
      const expected = this.tile(tile).subarray(0, widthOf(key) * HASH_BYTES)
      if (Buffer.compare(hashes, expected) === 0) return
      const index = tile.n * TILE_WIDTH ** (tile.level + 1)
      flawed({ index, kind: 'changed', detail: `${key} is not what the records make` })
    })
    return first
  }

  async #bytesOf(
    key: string,
    unwritten: ReadonlyMap<string, Uint8Array>
  ): Promise<Uint8Array | undefined> {
    if (!this.#keys.has(key)) return unwritten.get(key)
    return (await this.#bucket.get(key))?.bytes
  }
}

function hashesIn(bundle: Uint8Array): Uint8Array {
  try {
    return Buffer.concat(decodeBundle(bundle).map((entry) => leafHash(entry, nodeSha256)))
  } catch {
    // A bundle that ends within an entry has no right hashes.
    return new Uint8Array()
  }
}

function widthOf(key: string): number {
  const [, width] = PART.exec(key) ?? []
  return width === undefined ? TILE_WIDTH : Number(width)
}

function plainPath(key: string): string {
  return key.replace(PART, '')
}

function bundleKey(path: string): string {
  return path.replace(`${TILES}0/`, ENTRIES)
}

function nameOf({ level, n }: Tile): string {
  return `${level}/${n}`
}
