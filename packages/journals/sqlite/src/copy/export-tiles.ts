import { join } from 'node:path'
import {
  AuditError,
  checkRecord,
  RECORDS_PRUNED,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import {
  bundleOf,
  checkTileDirectory,
  contentLines,
  nodeSha256,
  type TileTreeOptions,
  writeWholeFile
} from '@slm-audit/core/node'
import type { AccessOptions } from '@slm-audit/core/reader'
import {
  bundlePath,
  groupsOf,
  HASH_BYTES,
  parseCheckpoint,
  TILE_WIDTH,
  tilePath,
  tilesOf
} from '@slm-audit/core/tlog'
import { admitSealed } from '../access/access-of.ts'
import { openForReading } from '../store/open-database.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { storedLog } from '../store/stored-log.ts'

/** Options of `exportTiles`. */
export interface ExportTilesOptions extends TileTreeOptions {
  /** Who exports, and why: docs/guide/access.md. */
  readonly access?: AccessOptions
}

/**
 * Writes a log as static files in the layout of C2SP tlog-tiles, as far as its newest checkpoint:
 * `checkpoint`, `tile/<level>/<n>` and `tile/entries/<n>`, but for entries that retention took. Returns the number of records. Throws
 * AuditError `bad_proof` for a log without a checkpoint, `bad_option` for a directory of another log.
 */
export function exportTiles(
  file: string,
  directory: string,
  options: ExportTilesOptions = {}
): number {
  const database = openForReading(file)
  try {
    database.exec('BEGIN')
    const log = storedLog(database)
    const newest = newestCheckpoint(database)
    if (!newest) {
      throw new AuditError('bad_proof', `${file} has no signed checkpoint yet; close its log first`)
    }
    const { size, origin } = parseCheckpoint(newest.note)
    checkTileDirectory(directory, origin, size)
    admitSealed(file, options.access, { records: size, what: 'tiles' }, options.contents !== false)
    for (const tile of tilesOf(size)) {
      const hashes = log.readTile(tile).subarray(0, tile.width * HASH_BYTES)
      write(directory, tilePath(tile), hashes)
    }
    let bundle: StoredRecord[] = []
    for (const record of log.records(0)) {
      if (record.index >= size) break
      const isThere = record.aged !== RECORDS_PRUNED
      const flaw = options.onFlaw && isThere && checkRecord(record, record.index, nodeSha256)
      if (flaw) options.onFlaw?.(flaw)
      bundle.push(record)
      if (bundle.length < TILE_WIDTH && record.index + 1 < size) continue
      // Of a tile of which retention took records the hashes are left; no bundle can be made of it.
      const isWhole = bundle.every(({ aged }) => aged !== RECORDS_PRUNED)
      if (isWhole) writeBundle(directory, Math.floor(record.index / TILE_WIDTH), bundle, options)
      bundle = []
      options.onProgress?.(record.index + 1, size)
    }
    write(directory, 'checkpoint', Buffer.from(newest.note))
    return size
  } finally {
    database.close()
  }
}

function writeBundle(
  directory: string,
  n: number,
  records: readonly SealedRecord[],
  options: TileTreeOptions
): void {
  write(directory, bundlePath({ n, width: records.length }), bundleOf(records))
  if (options.contents === false) return
  write(directory, `contents/${groupsOf(n)}.jsonl`, Buffer.from(records.map(contentLines).join('')))
}

/** Whoever serves the directory meanwhile sees a file whole or not at all. */
function write(directory: string, path: string, bytes: Uint8Array): void {
  writeWholeFile(join(directory, path), bytes)
}
