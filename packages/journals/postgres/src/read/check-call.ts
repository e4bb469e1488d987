import {
  flawOfRecords,
  proofUnder,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { ProvedRecord } from '@slm-audit/core/reader'
import type { KnownNodes } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { bestCheckpoint, newestCheckpoint } from '../store/stored-checkpoints.ts'
import { StoredTiles } from '../store/stored-tiles.ts'

/** The first flaw of a call that is about to be shown, as `flawOfRecords` finds it. */
export async function flawOfCall(
  connection: Connection,
  records: readonly SealedRecord[],
  known: KnownNodes
): Promise<RecordFlaw | undefined> {
  const newest = await newestCheckpoint(connection)
  return await new StoredTiles().reading(connection, (read) =>
    flawOfRecords(records, newest, read, nodeSha256, known)
  )
}

/** A record with its proof under the checkpoint that the most witnesses have cosigned. Rejects with AuditError `bad_proof`. */
export async function proveRecord(
  connection: Connection,
  record: SealedRecord,
  known: KnownNodes
): Promise<ProvedRecord> {
  const best = await bestCheckpoint(connection, record.index)
  const proof = await new StoredTiles().reading(connection, (read) =>
    proofUnder(record, best, read, nodeSha256, known)
  )
  return { record, proof }
}
