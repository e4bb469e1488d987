import { AuditError, type RecordFlaw } from '@slm-audit/core/journal'
import { HASH_BYTES, type ReadTile, sameBytes, TILE_WIDTH, tilesOf } from '@slm-audit/core/tlog'
import { widthAt } from './tiles-at.ts'

/** The tree of a log whose last records were read from their files. */
export interface ReadTree {
  /** Records that are in it. */
  readonly size: number
  /** Its tiles, as the records make them. */
  readonly readTile: ReadTile
  /** The first record that was read; the tiles of the ones before are read as they are stored. */
  readonly from: number
  /** Records in closed files: the tiles of these are stored before the manifest names the file. */
  readonly closed: number
}

/**
 * Compares the tiles that verification has made of the records with the stored ones, which it has not read. They need
 * not hold what is behind the closed files: a writer that dies stores no tile, and the next one makes it again.
 */
export function checkStoredTiles(tree: ReadTree, readStored: ReadTile): RecordFlaw | undefined {
  for (const tile of tilesOf(tree.size)) {
    const { level, n } = tile
    const leaves = TILE_WIDTH ** level
    const first = n * TILE_WIDTH * leaves
    if (first + TILE_WIDTH * leaves <= tree.from) continue
    const flaw = (hashes: number, kind: RecordFlaw['kind'], detail: string) => ({
      index: first + hashes * leaves,
      kind,
      detail
    })
    const right = tree.readTile(tile)
    const stored = storedOr(tile, readStored)
    if (!(stored instanceof Uint8Array)) return flaw(0, 'changed', stored.message)
    if (stored.length > right.length) {
      const detail = 'the tree has more leaves than records'
      return { index: tree.size, kind: 'truncated tail', detail }
    }
    const width = Math.floor(stored.length / HASH_BYTES)
    const other = firstOther(stored.subarray(0, width * HASH_BYTES), right)
    if (other !== undefined) {
      return flaw(other, 'changed', `tile ${level}/${n} does not have the hashes of its records`)
    }
    if (width < widthAt(tile, tree.closed)) {
      return flaw(width, 'missing', `hashes of tile ${level}/${n} are not in the store`)
    }
  }
  return undefined
}

function storedOr(tile: Parameters<ReadTile>[0], read: ReadTile): Uint8Array | AuditError {
  try {
    return read(tile)
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'journal_damaged') throw error
    return error
  }
}

/** The place of the first hash that is another one. */
function firstOther(stored: Uint8Array, right: Uint8Array): number | undefined {
  for (let at = 0; at < stored.length; at += HASH_BYTES) {
    const end = at + HASH_BYTES
    if (!sameBytes(stored.subarray(at, end), right.subarray(at, end))) return at / HASH_BYTES
  }
  return undefined
}
