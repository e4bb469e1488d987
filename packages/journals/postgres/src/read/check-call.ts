import {
  AuditError,
  checkRecord,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { ProvedRecord } from '@slm-audit/core/reader'
import {
  formatTlogProof,
  hashReader,
  inclusionProof,
  parseCheckpoint,
  rootFromInclusion,
  sameBytes
} from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { bestCheckpoint, newestCheckpoint } from '../store/stored-checkpoints.ts'
import { StoredTiles } from '../store/stored-tiles.ts'

/**
 * The first flaw of a call that is about to be shown: its records against their leaves and contents, and
 * their leaves against the newest checkpoint where it covers them.
 */
export async function flawOfCall(
  connection: Connection,
  records: readonly SealedRecord[]
): Promise<RecordFlaw | undefined> {
  for (const record of records) {
    const flaw =
      checkRecord(record, record.index, nodeSha256) ?? (await misplaced(connection, record))
    if (flaw) return flaw
  }
  return undefined
}

/** A record with its proof under the checkpoint that the most witnesses have cosigned. Rejects with AuditError `bad_proof`. */
export async function proveRecord(
  connection: Connection,
  record: SealedRecord
): Promise<ProvedRecord> {
  const best = await bestCheckpoint(connection, record.index)
  if (best === undefined) {
    throw new AuditError(
      'bad_proof',
      `no signed checkpoint covers record ${record.index} yet; one follows within seconds, or when the log is closed`
    )
  }
  const { size, note: checkpoint } = best
  const path = await pathOf(connection, record.index, size)
  return { record, proof: formatTlogProof({ index: record.index, path, checkpoint }) }
}

function pathOf(connection: Connection, index: number, size: number): Promise<Uint8Array[]> {
  return new StoredTiles().reading(connection, (read) =>
    inclusionProof(index, size, hashReader(read, nodeSha256), nodeSha256)
  )
}

async function misplaced(
  connection: Connection,
  { index, leafHash }: SealedRecord
): Promise<RecordFlaw | undefined> {
  const newest = await newestCheckpoint(connection)
  if (!newest || index >= newest.size) return undefined
  const detail = 'the record is not in the tree that the newest checkpoint signs'
  const flaw = { index, kind: 'rewritten history', detail } as const
  try {
    const { size, root } = parseCheckpoint(newest.note)
    const path = await pathOf(connection, index, size)
    const shown = rootFromInclusion(index, size, leafHash, path, nodeSha256)
    return sameBytes(shown, root) ? undefined : flaw
  } catch (error) {
    if (!AuditError.is(error) || error.code === 'journal_unavailable') throw error
    return { ...flaw, detail: `${detail}: ${error.message}` }
  }
}
