import { proofUnder, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { ProvedRecord } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { bestCheckpoint } from '../store/stored-checkpoints.ts'
import { knownNodesOf, tileReader } from '../store/tree.ts'

/**
 * A record with its proof under the checkpoint that the most witnesses have cosigned, the newest
 * of those. Throws AuditError `bad_proof` while no checkpoint covers the record.
 */
export function proveRecord(database: Database, record: SealedRecord): ProvedRecord {
  const best = bestCheckpoint(database, record.index)
  const known = knownNodesOf(database)
  return { record, proof: proofUnder(record, best, tileReader(database), nodeSha256, known) }
}
