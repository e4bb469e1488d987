import { AuditError } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  GrowingTree,
  HASH_BYTES,
  KnownNodes,
  leafHash,
  type ReadTile,
  type Tile
} from '@slm-audit/core/tlog'
import { isDamage, readable } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'

/** Levels of tiles that a row id has room for: a log may have 256^8 records. */
export const LEVELS = 8

/** The row of a tile. */
function tileId({ level, n }: Tile): number {
  return n * LEVELS + level
}

/**
 * Reads tiles as they are stored; empty where there is none, or something else. Throws AuditError `journal_damaged` for
 * one that cannot be read.
 */
export function tileReader(database: Database): ReadTile {
  return (tile) => {
    const hashes = storedHashes(database, tile)
    return hashes instanceof Uint8Array ? hashes : new Uint8Array()
  }
}

/** As `tileReader`, for verification: throws AuditError `journal_damaged` for something else as well. */
export function strictTileReader(database: Database): ReadTile {
  return (tile) => {
    const hashes = storedHashes(database, tile) ?? new Uint8Array()
    if (hashes instanceof Uint8Array) return hashes
    throw new AuditError(
      'journal_damaged',
      `a ${typeof hashes} is stored in the place of its hashes`
    )
  }
}

const KNOWN = new WeakMap<Database, KnownNodes>()

/** What readers of a handle know of its tree. */
export function knownNodesOf(database: Database): KnownNodes {
  const known = KNOWN.get(database) ?? new KnownNodes()
  KNOWN.set(database, known)
  return known
}

function storedHashes(database: Database, tile: Tile): unknown {
  return readable(database, () =>
    prepared(database, 'SELECT hashes FROM tiles WHERE id = ?').pluck().get(tileId(tile))
  )
}

/** The Merkle tree of the records, in the table of tiles. */
export function treeIn(database: Database): GrowingTree {
  const insert = database.prepare('INSERT INTO tiles VALUES (?, ?)')
  const update = database.prepare('UPDATE tiles SET hashes = ? WHERE id = ?')
  const store = {
    read: tileReader(database),
    write(tile: Tile, hashes: Uint8Array, isNew: boolean): void {
      if (isNew) insert.run(tileId(tile), hashes)
      else update.run(hashes, tileId(tile))
    }
  }
  return new GrowingTree(store, nodeSha256)
}

/** Makes the tree of records that were stored without one. */
export function growTree(database: Database): void {
  const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck()
  const leaves = (headers.all() as string[]).map((header) =>
    leafHash(Buffer.from(header), nodeSha256)
  )
  const tree = treeIn(database)
  tree.resume(0)
  for (const leaf of leaves) tree.append(leaf)
  tree.save()
}

/**
 * The size of a log: one more than the largest index or, where the rows cannot be read, the number of
 * leaves in its tree. Throws AuditError `journal_damaged` where neither is to be had.
 */
export function sizeOf(database: Database): number {
  try {
    return Number(prepared(database, 'SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get())
  } catch (error) {
    if (!isDamage(error)) throw error
    return leavesOf(database)
  }
}

function leavesOf(database: Database): number {
  const sql = `SELECT coalesce(sum(octet_length(hashes)), 0) FROM tiles WHERE id % ${LEVELS} = 0`
  return readable(database, () => Number(database.prepare(sql).pluck().get()) / HASH_BYTES)
}
