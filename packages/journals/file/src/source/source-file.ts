import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { AuditError, messageOf, parseRecord, type SealedRecord, verifyLog } from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { GrowingTree, type Tile } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import { checkpointsIn, type StoredCheckpoint } from '../format/checkpoint-file.ts'
import { unpack } from '../format/compression.ts'
import { compressionOf } from '../format/layout.ts'
import { recordsOf } from '../format/line.ts'
import type { LogSource } from './source.ts'

/** Opens a log in one file. Rejects with AuditError for one that holds no whole log. */
export async function openFile(path: string, decrypt: Cipher): Promise<LogSource> {
  const lines = await readLinesOf(path, decrypt)
  const records: SealedRecord[] = []
  for (const line of lines) records.push(...(await recordsOf(line, decrypt)))
  const checkpoints = checkpointsIn(lines)
  const [first] = records
  if (!first) {
    const message = `${path} holds no records; name a file that slm-audit export --format jsonl wrote`
    throw new AuditError('journal_damaged', message)
  }
  const hole = records.find(({ index }, at) => index !== at)
  if (hole) {
    const message = `${path} is no whole log: record ${hole.index} stands where ${records.indexOf(hole)} belongs; export without a filter`
    throw new AuditError('journal_damaged', message)
  }
  return sourceOf(parseRecord(first).log.origin, records, checkpoints)
}

function sourceOf(
  origin: string,
  records: readonly SealedRecord[],
  checkpoints: readonly StoredCheckpoint[]
): LogSource {
  const size = records.length
  const tiles = new Map<string, Uint8Array>()
  const nameOf = ({ level, n }: Tile) => `${level}/${n}`
  const readTile = (tile: Tile) => tiles.get(nameOf(tile)) ?? new Uint8Array()
  const write = (tile: Tile, hashes: Uint8Array) => void tiles.set(nameOf(tile), hashes.slice())
  const tree = new GrowingTree({ read: readTile, write }, nodeSha256)
  tree.resume(0)
  for (const { leafHash } of records) tree.append(leafHash)
  tree.save()
  const log = {
    origin,
    size,
    readTile,
    records: (from: number) => records.slice(from),
    checkpoints: () => checkpoints,
    keyRecords: (index: number) =>
      records.slice(0, index).filter(({ header }) => header.includes('"kind":"key.added"'))
  }
  return {
    origin,
    size,
    checkpoints: log.checkpoints,
    verify: (options = {}) => verifyLog(log, { rest: setImmediate, ...options }, nodeSha256),
    async *records(from = 0) {
      yield* log.records(from)
    }
  }
}

async function readLinesOf(path: string, decrypt: Cipher): Promise<string[]> {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const message = `${path} cannot be read: ${messageOf(cause)}; name a directory or a file of a log`
    throw new AuditError('journal_unavailable', message, { cause })
  }
  const isEncrypted = path.endsWith('.age')
  if (isEncrypted) bytes = await decrypt(bytes)
  try {
    bytes = await unpack(bytes, compressionOf(isEncrypted ? path.slice(0, -4) : path))
  } catch (cause) {
    const message = `${path} cannot be decompressed: ${messageOf(cause)}; restore a backup`
    throw new AuditError('journal_damaged', message, { cause })
  }
  return Buffer.from(bytes).toString('utf8').split('\n')
}
