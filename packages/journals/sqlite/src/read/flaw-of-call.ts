import { flawOfRecords, type RecordFlaw, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { knownNodesOf, tileReader } from '../store/tree.ts'

/** The first flaw of a call that is about to be shown, as `flawOfRecords` finds it. */
export function flawOfCall(
  database: Database,
  records: readonly SealedRecord[]
): RecordFlaw | undefined {
  const known = knownNodesOf(database)
  return flawOfRecords(records, newestCheckpoint(database), tileReader(database), nodeSha256, known)
}
