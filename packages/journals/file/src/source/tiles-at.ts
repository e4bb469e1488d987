import { HASH_BYTES, type ReadTile, TILE_WIDTH, type Tile } from '@slm-audit/core/tlog'

/**
 * Tiles as a log had them at a size: a writer that goes on makes them wider. One that has more hashes than the log has
 * records by now is given as it is, for verification to find.
 *
 * @param sizeNow Reads how many records there are by now.
 */
export function tilesAt(read: ReadTile, size: number, sizeNow: () => number): ReadTile {
  let known = size
  return (tile) => {
    const hashes = read(tile)
    const width = hashes.length / HASH_BYTES
    if (width <= widthAt(tile, size)) return hashes
    if (width > widthAt(tile, known)) known = sizeNow()
    return width > widthAt(tile, known)
      ? hashes
      : hashes.subarray(0, widthAt(tile, size) * HASH_BYTES)
  }
}

/** How many hashes a tile has in the tree of so many records. */
export function widthAt({ level, n }: Tile, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level) - n * TILE_WIDTH
  return Math.min(TILE_WIDTH, Math.max(0, hashes))
}
