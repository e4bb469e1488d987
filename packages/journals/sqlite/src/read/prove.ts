import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { ProvedRecord } from '@slm-audit/core/reader'
import { formatTlogProof, hashReader, inclusionProof } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { bestCheckpoint } from '../store/stored-checkpoints.ts'
import { tileReader } from '../store/tree.ts'

/**
 * A record with its proof under the checkpoint that the most witnesses have cosigned, the newest
 * of those. Throws AuditError `bad_proof` while no checkpoint covers the record.
 */
export function proveRecord(database: Database, record: SealedRecord): ProvedRecord {
  const best = bestCheckpoint(database, record.index)
  if (best === undefined) {
    throw new AuditError(
      'bad_proof',
      `no signed checkpoint covers record ${record.index} yet; one follows within seconds, or when the log is closed`
    )
  }
  const { size, note: checkpoint } = best
  const read = hashReader(tileReader(database), nodeSha256)
  const path = inclusionProof(record.index, size, read, nodeSha256)
  return { record, proof: formatTlogProof({ index: record.index, path, checkpoint }) }
}
