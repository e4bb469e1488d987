import { nodeSha256 } from '@slm-audit/core/node'
import {
  consistencyProof,
  Frontier,
  HASH_BYTES,
  hashReader,
  type ReadTile,
  TILE_WIDTH,
  type Tile
} from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'

/** Full tiles that are kept: 8 KiB each. */
const MOST_KEPT = 512
const FULL = TILE_WIDTH * HASH_BYTES

/** A tile that has to be read first. */
class Missing extends Error {
  readonly tile: Tile

  constructor(tile: Tile) {
    super('a tile has not been read yet')
    this.tile = tile
  }
}

/**
 * Gives the tiles of a store that answers later to functions that read at once: they are run again for each tile
 * that they lacked. A proof needs a handful. Full tiles never change and are kept; others are read anew each time.
 */
export class StoredTiles {
  readonly #kept = new Map<string, Uint8Array>()

  /** Runs something that reads tiles. It may be run several times, and must not mind. */
  async reading<T>(connection: Connection, run: (read: ReadTile) => T): Promise<T> {
    const found = new Map<string, Uint8Array>()
    const read: ReadTile = (tile) => {
      const key = keyOf(tile)
      const hashes = this.#kept.get(key) ?? found.get(key)
      if (!hashes) throw new Missing(tile)
      return hashes
    }
    for (;;) {
      try {
        return run(read)
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        found.set(keyOf(error.tile), await this.#read(connection, error.tile))
      }
    }
  }

  /** Forgets what it keeps: the store may be another one. */
  forget(): void {
    this.#kept.clear()
  }

  async #read(connection: Connection, tile: Tile): Promise<Uint8Array> {
    const hashes = await readTile(connection, tile)
    if (hashes.length < FULL) return hashes
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(keyOf(tile), hashes)
    return hashes
  }
}

/** The consistency proof from one size of a log to another, of tiles that can be read at once. */
export function proofIn(read: ReadTile, first: number, second: number): Uint8Array[] {
  return consistencyProof(first, second, hashReader(read, nodeSha256), nodeSha256)
}

/** The right edge of a log's tree at a size that it has had, of tiles that can be read at once. */
export function edgeIn(read: ReadTile, size: number): Frontier {
  return Frontier.load(size, hashReader(read, nodeSha256), nodeSha256)
}

/** The hash of a leaf, of tiles that can be read at once. */
export function leafIn(read: ReadTile, index: number): Uint8Array {
  return hashReader(read, nodeSha256)({ level: 0, index })
}

/** A tile as it is stored; empty where there is none. */
export async function readTile(connection: Connection, { level, n }: Tile): Promise<Uint8Array> {
  const sql = `SELECT hashes FROM ${connection.schema}.tiles WHERE level = $1 AND n = $2`
  const [row] = await connection.rows(sql, [level, n])
  return row ? new Uint8Array(row.hashes as Buffer) : new Uint8Array()
}

function keyOf({ level, n }: Tile): string {
  return `${level}/${n}`
}
