import { AuditError, type ProvedRecord, type SealedRecord, type StoredLog } from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { formatTlogProof, hashReader, inclusionProof, parseCheckpoint } from '@slm-audit/core/tlog'

/**
 * A record with its proof under the checkpoint that the most witnesses have cosigned, the newest
 * of those. Throws AuditError `bad_proof` while no checkpoint covers the record.
 */
export function proveRecord(log: StoredLog, record: SealedRecord): ProvedRecord {
  const covering = [...log.checkpoints()].filter(({ size }) => size > record.index)
  const signatures = ({ note }: { readonly note: string }) => parseCheckpoint(note).note.signatures
  const best = covering.toSorted((a, b) => signatures(a).length - signatures(b).length).at(-1)
  if (best === undefined) {
    throw new AuditError(
      'bad_proof',
      `no signed checkpoint covers record ${record.index} yet; one follows within seconds, or when the log is closed`
    )
  }
  const { size, note: checkpoint } = best
  const read = hashReader(log.readTile, nodeSha256)
  const path = inclusionProof(record.index, size, read, nodeSha256)
  return { record, proof: formatTlogProof({ index: record.index, path, checkpoint }) }
}
