import type { SealedRecord } from '@slm-audit/core'
import { HASH_BYTES, type ReadTile, sameBytes, TILE_WIDTH } from '@slm-audit/core/tlog'

/**
 * Records with the leaf hashes that the tree has. One whose line gives another hash gets none, so
 * that verification finds it.
 */
export async function* withLeavesOf(
  readTile: ReadTile,
  records: AsyncIterable<SealedRecord>
): AsyncGenerator<SealedRecord> {
  let tile = { n: -1, hashes: new Uint8Array() as Uint8Array }
  for await (const sealed of records) {
    const n = Math.floor(sealed.index / TILE_WIDTH)
    if (tile.n !== n) tile = { n, hashes: readTile({ level: 0, n }) }
    const at = (sealed.index % TILE_WIDTH) * HASH_BYTES
    const leafHash = tile.hashes.subarray(at, at + HASH_BYTES)
    const agrees = sameBytes(leafHash, sealed.leafHash)
    yield { ...sealed, leafHash: agrees ? leafHash : new Uint8Array() }
  }
}
