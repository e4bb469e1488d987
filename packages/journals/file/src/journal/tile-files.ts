import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  HASH_BYTES,
  TILE_WIDTH,
  type Tile,
  type TileStore,
  tilePath,
  tilesOf
} from '@slm-audit/core/tlog'
import {
  directoryModeIn,
  type FileSystem,
  readIfThere,
  replaceFile,
  syncFile
} from '../format/files.ts'

/** How often a tile is looked for that a writer replaces meanwhile. */
const ATTEMPTS = 100

/**
 * The tiles of a log in the layout of c2sp.org/tlog-tiles. What was written is kept in memory until
 * `flush`: tiles follow from the records, so that a lost one is made again.
 */
export class TileFiles implements TileStore {
  readonly #directory: string
  readonly #waiting = new Map<string, { readonly tile: Tile; readonly hashes: Uint8Array }>()

  constructor(directory: string) {
    this.#directory = directory
  }

  readonly read = (tile: Tile): Uint8Array => {
    const waiting = this.#waiting.get(nameOf(tile))
    if (waiting) return waiting.hashes
    const whole = this.#pathOf(tile, TILE_WIDTH)
    // A writer beside removes a part when it has written a wider one, or the whole.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const full = readIfThere(whole)
      if (full.length > 0) return full
      const widest = Math.max(0, ...this.#widths(tile))
      const part = widest === 0 ? full : readIfThere(this.#pathOf(tile, widest))
      if (part.length > 0 || (widest === 0 && !existsSync(whole))) return part
    }
    return new Uint8Array()
  }

  write(tile: Tile, hashes: Uint8Array): void {
    this.#waiting.set(nameOf(tile), { tile, hashes: hashes.slice() })
  }

  /** Writes what waits, without waiting for the disk. What it throws leaves the rest waiting. */
  flush(files: FileSystem): void {
    for (const [name, { tile, hashes }] of this.#waiting) {
      const width = hashes.length / HASH_BYTES
      const path = this.#pathOf(tile, width)
      const mode = directoryModeIn(this.#directory)
      files.mkdirSync(dirname(path), { recursive: true, mode })
      replaceFile(files, path, hashes, false)
      for (const older of this.#widths(tile)) {
        if (older < width) files.rmSync(this.#pathOf(tile, older), { force: true })
      }
      this.#waiting.delete(name)
    }
  }

  /** Takes up tiles as narrow as they are in a smaller tree, where they are stored wider. */
  trim(tiles: Iterable<Tile & { readonly width: number }>): void {
    for (const { level, n, width } of tiles) {
      const bytes = width * HASH_BYTES
      const stored = this.read({ level, n })
      if (stored.length > bytes) this.write({ level, n }, stored.subarray(0, bytes))
    }
  }

  /** The widths in which a tile is stored in part. */
  #widths(tile: Tile): number[] {
    try {
      return readdirSync(dirname(this.#pathOf(tile, 1)))
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    } catch {
      // There is no directory for a tile that has no part.
      return []
    }
  }

  #pathOf({ level, n }: Tile, width: number): string {
    return join(this.#directory, tilePath({ level, n, width }))
  }
}

/**
 * The files of tiles, below a directory, that hold hashes which a tree of some size does not have: of records that were there
 * once, where nobody else put them there.
 */
export function tilesBeyond(directory: string, size: number): string[] {
  const widths = new Map([...tilesOf(size)].map((tile) => [plainPath(tilePath(tile)), tile.width]))
  return filesBelow(directory, 'tile').filter(
    (path) => !path.endsWith('.new') && widthOf(path) > (widths.get(plainPath(path)) ?? 0)
  )
}

/** How many records there were by the tiles that `tilesBeyond` found; 0 where these do not say. */
export function recordsIn(tiles: readonly string[]): number {
  const sizes = tiles.map((path) => {
    const digits = /^tile\/0\/((?:x\d{3}\/)*\d{3})$/.exec(plainPath(path))?.[1]
    const n = digits === undefined ? Number.NaN : Number(digits.replaceAll(/\D/g, ''))
    return n * TILE_WIDTH + widthOf(path)
  })
  return Math.max(0, ...sizes.filter(Number.isSafeInteger))
}

const PART = /\.p\/(\d+)$/
const plainPath = (path: string): string => path.replace(PART, '')
const widthOf = (path: string): number => Number(PART.exec(path)?.[1] ?? TILE_WIDTH)

function filesBelow(directory: string, path: string): string[] {
  if (!existsSync(join(directory, path))) return []
  return readdirSync(join(directory, path), { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() ? filesBelow(directory, `${path}/${each.name}`) : [`${path}/${each.name}`]
  )
}

function nameOf({ level, n }: Tile): string {
  return `${level}/${n}`
}

/** Waits until the tiles that records `first` to `end` - 1 are in are on the disk. */
export function syncTiles(files: FileSystem, directory: string, first: number, end: number): void {
  for (const tile of tilesOf(end)) {
    const leaves = TILE_WIDTH ** (tile.level + 1)
    if ((tile.n + 1) * leaves <= first) continue
    const path = join(directory, tilePath(tile))
    const folder = dirname(path)
    // A later file may have made a partial tile wider.
    const names = tile.width < TILE_WIDTH && existsSync(folder) ? readdirSync(folder) : []
    for (const each of [path, ...names.map((name) => join(folder, name))]) {
      if (existsSync(each)) syncFile(files, each)
    }
  }
}
