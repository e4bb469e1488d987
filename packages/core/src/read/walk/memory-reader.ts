import { AuditError } from '../../base/error.ts'
import { sha256 } from '../../base/sha256.ts'
import type { MemoryJournal } from '../../journal/memory-journal.ts'
import { parseRecord, type SealedRecord } from '../../record/sealed-record.ts'
import { GrowingTree } from '../../tlog/growing-tree.ts'
import type { ReadTile, Tile } from '../../tlog/tiles.ts'
import { verifyLog } from '../../verify/verify-log.ts'
import type { Reader } from '../reader.ts'
import { walkingReader } from './walking-reader.ts'

/**
 * Makes a reader of a journal in memory, for tests and for pages that list their own calls. Nothing is signed there, so `prove` rejects;
 * readers that are made later do not list the records that the journal has let go of by then.
 */
export function memoryReader(journal: MemoryJournal): Reader {
  const log = {
    records: (fromIndex: number) => journal.read(fromIndex),
    proofs: async () => ({ checkpoints: [], readTile: tilesOf(journal.records) }),
    verify: async (options: Parameters<Reader['verify']>[0]) => {
      const records = [...journal.records]
      if ((records[0]?.index ?? 0) > 0) {
        const message =
          'the journal in memory has let go of its first records, so its tree cannot be made again'
        throw new AuditError('not_found', message)
      }
      const stored = {
        origin: journal.origin,
        size: records.length,
        records: (from: number) => records.slice(from),
        readTile: tilesOf(records),
        checkpoints: () => [],
        keyRecords: (index: number) => records.slice(0, index).filter(addsKey)
      }
      return await verifyLog(stored, options ?? {}, sha256)
    },
    exporters: async () => []
  }
  return walkingReader(log, sha256)
}

function addsKey(sealed: SealedRecord): boolean {
  return parseRecord(sealed).kind === 'key.added'
}

function tilesOf(records: readonly SealedRecord[]): ReadTile {
  const tiles = new Map<string, Uint8Array>()
  const nameOf = ({ level, n }: Tile) => `${level}/${n}`
  const read: ReadTile = (tile) => tiles.get(nameOf(tile)) ?? new Uint8Array()
  const write = (tile: Tile, hashes: Uint8Array) => void tiles.set(nameOf(tile), hashes.slice())
  const tree = new GrowingTree({ read, write }, sha256)
  tree.resume(0)
  for (const { leafHash } of records) tree.append(leafHash)
  tree.save()
  return read
}
