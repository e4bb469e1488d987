import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError } from '../base/error.ts'
import type { SealedPart, SealedRecord } from '../record/sealed-record.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { encodeBundle } from '../tlog/entry-bundle.ts'
import { bundlePath, groupsOf, TILE_WIDTH, type Tile, tilePath, tilesOf } from '../tlog/tiles.ts'
import { HASH_BYTES } from '../tlog/tree.ts'
import type { RecordFlaw } from '../verify/flaw.ts'
import { checkRecord } from '../verify/inspect-record.ts'
import { writeWholeFile } from './draft-file.ts'
import { nodeSha256 } from './signer.ts'

/** A log to be written as static files, wherever it is stored. */
export interface TiledLog {
  /** A tile as it is stored. */
  readTile(tile: Tile): Uint8Array | Promise<Uint8Array>
  /** The records from an index on, in order. */
  records(fromIndex: number): Iterable<SealedRecord> | AsyncIterable<SealedRecord>
  /** The newest signed checkpoint with its cosignatures, if there is one. */
  newestCheckpoint(): string | undefined | Promise<string | undefined>
}

/** Options of `writeTileTree`. */
export interface TileTreeOptions {
  /** Whether contents are written as well, one line each, into `contents/`; they are unless false. */
  readonly contents?: boolean
  /** Hears how many records of how many are written. */
  readonly onProgress?: (done: number, of: number) => void
  /** Hears of each record that is not as it was sealed, which is written all the same. */
  readonly onFlaw?: (flaw: RecordFlaw) => void
}

/**
 * Writes a log as static files in the layout of C2SP tlog-tiles, as far as its newest checkpoint:
 * `checkpoint`, `tile/<level>/<n>` and `tile/entries/<n>`, but for the entries of tiles of which records are left out, as
 * retention took them. Resolves to the number of records. Rejects with
 * AuditError `bad_proof` for a log without a checkpoint, `bad_option` for a directory of another log.
 */
export async function writeTileTree(
  log: TiledLog,
  directory: string,
  options: TileTreeOptions = {}
): Promise<number> {
  const note = await log.newestCheckpoint()
  if (note === undefined) {
    throw new AuditError('bad_proof', 'the log has no signed checkpoint yet; close it first')
  }
  const { size, origin } = parseCheckpoint(note)
  checkTileDirectory(directory, origin, size)
  const write = (path: string, bytes: Uint8Array) => writeWholeFile(join(directory, path), bytes)
  for (const tile of tilesOf(size)) {
    write(tilePath(tile), (await log.readTile(tile)).subarray(0, tile.width * HASH_BYTES))
  }
  let bundle: SealedRecord[] = []
  for await (const record of log.records(0)) {
    if (record.index >= size) break
    const flaw = options.onFlaw && checkRecord(record, record.index, nodeSha256)
    if (flaw) options.onFlaw?.(flaw)
    const n = Math.floor(record.index / TILE_WIDTH)
    if (record.index % TILE_WIDTH === 0 || (bundle[0]?.index ?? 0) < n * TILE_WIDTH) bundle = []
    bundle.push(record)
    const width = Math.min(TILE_WIDTH, size - n * TILE_WIDTH)
    if (bundle.length < width) continue
    write(bundlePath({ n, width }), bundleOf(bundle))
    if (options.contents !== false) {
      // Together they may be longer than a string can be.
      const lines = bundle.map((each) => Buffer.from(contentLines(each)))
      write(`contents/${groupsOf(n)}.jsonl`, Buffer.concat(lines))
    }
    options.onProgress?.(record.index + 1, size)
  }
  write('checkpoint', Buffer.from(note))
  return size
}

/** The entry bundle of the records of one tile. */
export function bundleOf(records: readonly SealedRecord[]): Uint8Array {
  return encodeBundle(records.map(({ header }) => Buffer.from(header)))
}

/**
 * An earlier export of the same log is continued; nothing else is overwritten. Throws AuditError `bad_option`.
 */
export function checkTileDirectory(directory: string, origin: string, size: number): void {
  const file = join(directory, 'checkpoint')
  if (!existsSync(file)) return
  const there = parseCheckpoint(readFileSync(file, 'utf8'))
  if (there.origin === origin && there.size <= size) return
  throw new AuditError(
    'bad_option',
    `${directory} has ${there.size} records of ${there.origin}, not a beginning of the ${size} of ${origin}; name another directory`
  )
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
