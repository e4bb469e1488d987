import type { SealedRecord } from '@slm-audit/core/journal'
import { bundleOf, nodeSha256 } from '@slm-audit/core/node'
import {
  bundlePath,
  decodeBundle,
  encodeBundle,
  Frontier,
  GrowingTree,
  HASH_BYTES,
  hashReader,
  type ReadHash,
  rootOf,
  TILE_WIDTH,
  type Tile,
  type TileOfTree,
  tilePath
} from '@slm-audit/core/tlog'

/** An object whose bytes follow from the records. */
export interface DerivedObject {
  readonly key: string
  readonly bytes: Uint8Array
}

/** Reads a stored object's bytes; `undefined` where there is none. */
export type ReadObject = (key: string) => Promise<Uint8Array | undefined>

interface EdgeTile {
  readonly tile: TileOfTree
  readonly hashes: Uint8Array
}

/** Reads the hashes of a tree in the tiles at its right edge. */
function readingOf(tiles: readonly EdgeTile[]): ReadHash {
  const known = new Map(tiles.map(({ tile, hashes }) => [nameOf(tile), hashes]))
  return hashReader((tile) => known.get(nameOf(tile)) ?? new Uint8Array(), nodeSha256)
}

/** The tiles at the right edge of a tree of so many leaves, one of each level; full ones where the size is round. */
export function* edgeTiles(size: number): Generator<TileOfTree> {
  for (let level = 0, count = size; count > 0; level++) {
    const n = Math.floor((count - 1) / TILE_WIDTH)
    yield { level, n, width: count - n * TILE_WIDTH }
    count = Math.floor(count / TILE_WIDTH)
  }
}

/**
 * The tree of an archive at its end: it grows by records, and gives the objects that are then to be written: tiles and
 * entry bundles that are full, and the tiles above the leaves as wide as they are. Partial tiles of leaves are made for
 * checkpoints alone, since everything in them stands in the batches.
 */
export class ArchiveTree {
  readonly #edge = new Map<string, { readonly tile: Tile; readonly hashes: Uint8Array }>()
  readonly #tree: GrowingTree
  /** The records behind the last full tile of leaves. */
  #tail: SealedRecord[] = []
  #size: number

  private constructor(size: number) {
    this.#size = size
    const read = (tile: Tile) => this.#edge.get(nameOf(tile))?.hashes ?? new Uint8Array()
    this.#tree = new GrowingTree(
      { read, write: (tile, hashes) => this.#keep(tile, hashes) },
      nodeSha256
    )
  }

  /** The tree that an archive has at a size that full tiles of leaves end with, out of its stored tiles. */
  static async load(size: number, read: ReadObject): Promise<ArchiveTree> {
    const tree = new ArchiveTree(size)
    for (const tile of edgeTiles(size)) {
      const hashes = await read(tilePath(tile))
      if (hashes) tree.#keep(tile, hashes)
    }
    tree.#tree.resume(size)
    return tree
  }

  get size(): number {
    return this.#size
  }

  /** Appends records, and gives the objects that they make. */
  append(records: readonly SealedRecord[]): DerivedObject[] {
    const bundles: DerivedObject[] = []
    const changed = new Set(this.#edge.values())
    for (const sealed of records) {
      this.#tree.append(sealed.leafHash)
      this.#tail.push(sealed)
      this.#size++
      if (this.#tail.length < TILE_WIDTH) continue
      const n = this.#size / TILE_WIDTH - 1
      bundles.push({ key: bundlePath({ n, width: TILE_WIDTH }), bytes: bundleOf(this.#tail) })
      this.#tail = []
    }
    this.#tree.save()
    const tiles = [...this.#edge.values()].filter((each) => !changed.has(each)).flatMap(objectOf)
    this.#forget()
    return [...bundles, ...tiles]
  }

  /** The leaf hash of one of the newest records; `undefined` for one before the last full tile. */
  leafAt(index: number): Uint8Array | undefined {
    return this.#tail[index - (this.#size - this.#tail.length)]?.leafHash
  }

  /** A tile at the right edge, as wide as it is; `undefined` for another one. */
  edgeTile(tile: Tile): Uint8Array | undefined {
    return this.#edge.get(nameOf(tile))?.hashes
  }

  /** The root that the tree had at a size, and the objects that readers of a checkpoint of that size need beside the full ones. */
  async at(
    size: number,
    read: ReadObject
  ): Promise<{ readonly root: Uint8Array; readonly objects: DerivedObject[] }> {
    const tiles = await this.#edgeTilesAt(size, read)
    const objects = tiles.flatMap(({ tile, hashes }) =>
      tile.width < TILE_WIDTH ? [{ key: tilePath(tile), bytes: hashes }] : []
    )
    const root = rootOf(size, readingOf(tiles), nodeSha256)
    const width = size % TILE_WIDTH
    if (width > 0) {
      const n = Math.floor(size / TILE_WIDTH)
      objects.push({ key: bundlePath({ n, width }), bytes: await this.#bundleOf(n, width, read) })
    }
    return { root, objects }
  }

  /** The right edge that the tree had at a size. */
  async edgeAt(size: number, read: ReadObject): Promise<Frontier> {
    return Frontier.load(size, readingOf(await this.#edgeTilesAt(size, read)), nodeSha256)
  }

  async #edgeTilesAt(size: number, read: ReadObject): Promise<EdgeTile[]> {
    const tiles: EdgeTile[] = []
    for (const tile of edgeTiles(size)) {
      const hashes = (await this.#hashesOf(tile, read)).slice(0, tile.width * HASH_BYTES)
      tiles.push({ tile, hashes })
    }
    return tiles
  }

  async #hashesOf(tile: Tile, read: ReadObject): Promise<Uint8Array> {
    const kept = this.#edge.get(nameOf(tile))
    return (
      kept?.hashes ?? (await read(tilePath({ ...tile, width: TILE_WIDTH }))) ?? new Uint8Array()
    )
  }

  async #bundleOf(n: number, width: number, read: ReadObject): Promise<Uint8Array> {
    if (n === Math.floor(this.#size / TILE_WIDTH)) return bundleOf(this.#tail.slice(0, width))
    const full = await read(bundlePath({ n, width: TILE_WIDTH }))
    return encodeBundle(decodeBundle(full ?? new Uint8Array()).slice(0, width))
  }

  #keep({ level, n }: Tile, hashes: Uint8Array): void {
    this.#edge.set(nameOf({ level, n }), { tile: { level, n }, hashes: hashes.slice() })
  }

  /** Keeps the last tile of each level. */
  #forget(): void {
    const last = new Set([...edgeTiles(this.#size)].map(nameOf))
    for (const name of this.#edge.keys()) if (!last.has(name)) this.#edge.delete(name)
  }
}

function objectOf({
  tile,
  hashes
}: {
  readonly tile: Tile
  readonly hashes: Uint8Array
}): DerivedObject[] {
  const width = hashes.length / HASH_BYTES
  // Partial tiles of leaves are written for checkpoints.
  if (tile.level === 0 && width < TILE_WIDTH) return []
  return [{ key: tilePath({ ...tile, width }), bytes: hashes }]
}

function nameOf({ level, n }: Tile): string {
  return `${level}/${n}`
}
