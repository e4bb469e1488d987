import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import { sameBytes } from '@slm-audit/core/tlog'
import type { LogState } from './log-state.ts'

/**
 * Those of some records of another store of a log that a copy of it does not have. Throws AuditError: `export_failed` for a
 * hole, `export_rejected` for another log.
 */
export function freshIn(
  records: readonly SealedRecord[],
  state: LogState,
  directory: string
): SealedRecord[] {
  const { size } = state
  for (const { index, leafHash } of records) {
    if (index >= size || sameBytes(leafHash, state.leafAt(index))) continue
    throw new AuditError('export_rejected', `record ${index} is another one in ${directory}`)
  }
  const fresh = records.filter(({ index }) => index >= size)
  const hole = fresh.find(({ index }, at) => index !== size + at)
  if (!hole) return fresh
  const message = `${directory} ends before record ${size}, ${hole.index} cannot follow; export again from ${size}`
  throw new AuditError('export_failed', message)
}
