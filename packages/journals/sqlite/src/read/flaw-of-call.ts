import {
  AuditError,
  checkRecord,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  hashReader,
  inclusionProof,
  parseCheckpoint,
  rootFromInclusion,
  sameBytes
} from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { tileReader } from '../store/tree.ts'

/**
 * The first flaw of a call that is about to be shown: its records against their leaves and contents, and
 * their leaves against the newest checkpoint where it covers them. Who signed it, `verify` finds out.
 */
export function flawOfCall(
  database: Database,
  records: readonly SealedRecord[]
): RecordFlaw | undefined {
  for (const record of records) {
    const flaw = checkRecord(record, record.index, nodeSha256) ?? misplaced(database, record)
    if (flaw) return flaw
  }
  return undefined
}

function misplaced(database: Database, { index, leafHash }: SealedRecord): RecordFlaw | undefined {
  const newest = newestCheckpoint(database)
  if (!newest || index >= newest.size) return undefined
  const detail = 'the record is not in the tree that the newest checkpoint signs'
  const flaw = { index, kind: 'rewritten history', detail } as const
  try {
    const { size, root } = parseCheckpoint(newest.note)
    const read = hashReader(tileReader(database), nodeSha256)
    const path = inclusionProof(index, size, read, nodeSha256)
    const shown = rootFromInclusion(index, size, leafHash, path, nodeSha256)
    return sameBytes(shown, root) ? undefined : flaw
  } catch (error) {
    if (!AuditError.is(error)) throw error
    return { ...flaw, detail: `${detail}: ${error.message}` }
  }
}
