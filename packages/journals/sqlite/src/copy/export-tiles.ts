import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AuditError,
  checkRecord,
  type RecordFlaw,
  type SealedPart,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256, writeWholeFile } from '@slm-audit/core/node'
import {
  bundlePath,
  encodeBundle,
  groupsOf,
  HASH_BYTES,
  parseCheckpoint,
  TILE_WIDTH,
  tilePath,
  tilesOf
} from '@slm-audit/core/tlog'
import { openForReading } from '../store/open-database.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { storedLog } from '../store/stored-log.ts'

/** Options of `exportTiles`. */
export interface ExportTilesOptions {
  /** Whether contents are written as well, one line each, into `contents/`; they are unless false. */
  readonly contents?: boolean
  /** Hears how many records of how many are written. */
  readonly onProgress?: (done: number, of: number) => void
  /** Hears of each record that is not as it was sealed, which is written all the same. */
  readonly onFlaw?: (flaw: RecordFlaw) => void
}

/**
 * Writes a log as static files in the layout of C2SP tlog-tiles, as far as its newest checkpoint:
 * `checkpoint`, `tile/<level>/<n>` and `tile/entries/<n>`. Returns the number of records. Throws
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
    checkDirectory(directory, origin, size)
    for (const tile of tilesOf(size)) {
      const hashes = log.readTile(tile).subarray(0, tile.width * HASH_BYTES)
      write(directory, tilePath(tile), hashes)
    }
    let bundle: SealedRecord[] = []
    for (const record of log.records(0)) {
      if (record.index >= size) break
      const flaw = options.onFlaw && checkRecord(record, record.index, nodeSha256)
      if (flaw) options.onFlaw?.(flaw)
      bundle.push(record)
      if (bundle.length < TILE_WIDTH && record.index + 1 < size) continue
      writeBundle(directory, Math.floor(record.index / TILE_WIDTH), bundle, options)
      bundle = []
      options.onProgress?.(record.index + 1, size)
    }
    write(directory, 'checkpoint', Buffer.from(newest.note))
    return size
  } finally {
    database.close()
  }
}

/** An earlier export of the same log is continued; nothing else is overwritten. */
function checkDirectory(directory: string, origin: string, size: number): void {
  const file = join(directory, 'checkpoint')
  if (!existsSync(file)) return
  const there = parseCheckpoint(readFileSync(file, 'utf8'))
  if (there.origin === origin && there.size <= size) return
  throw new AuditError(
    'bad_option',
    `${directory} has ${there.size} records of ${there.origin}, not a beginning of the ${size} of ${origin}; name another directory`
  )
}

function writeBundle(
  directory: string,
  n: number,
  records: readonly SealedRecord[],
  options: ExportTilesOptions
): void {
  const entries = records.map(({ header }) => Buffer.from(header))
  write(directory, bundlePath({ n, width: entries.length }), encodeBundle(entries))
  if (options.contents === false) return
  write(directory, `contents/${groupsOf(n)}.jsonl`, Buffer.from(records.map(contentLines).join('')))
}

/**
 * The contents of a record as JSON Lines: `index`, `name`, and `salt` and `body` or, of a content in
 * parts, `parts` with salt and body each, or the `commitment` where a part is erased; bytes in base64.
 */
export function contentLines({ index, contents }: SealedRecord): string {
  return contents
    .filter(({ body, parts = [] }) => body ?? parts.some((part) => part.body))
    .map(({ name, parts, ...whole }) => {
      const stored = parts ? { parts: parts.map(partLine) } : partLine(whole)
      return `${JSON.stringify({ index, name, ...stored })}\n`
    })
    .join('')
}

function partLine({ salt, body, commitment }: SealedPart): object {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  if (salt && body) return { salt: base64(salt), body: base64(body) }
  return { ...(commitment && { commitment: base64(commitment) }) }
}

/** Whoever serves the directory meanwhile sees a file whole or not at all. */
function write(directory: string, path: string, bytes: Uint8Array): void {
  writeWholeFile(join(directory, path), bytes)
}
