import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { inclusionProof, rootFromInclusion } from '../tlog/proof.ts'
import { hashReader, type ReadTile } from '../tlog/tiles.ts'
import { formatTlogProof } from '../tlog/tlog-proof.ts'
import { sameBytes } from '../tlog/tree.ts'
import type { RecordFlaw } from './flaw.ts'
import { Inspector } from './inspect-record.ts'

/** A checkpoint as a store has it: the size that it signs, and its text. */
export interface StoredNote {
  /** Records that it signs. */
  readonly size: number
  /** The signed note (C2SP signed-note), with what witnesses added. */
  readonly note: string
}

/**
 * The first flaw of records that are about to be shown: each against its leaf and contents, and its leaf against the newest
 * checkpoint where it covers it. Who signed it, `verify` finds out.
 */
export function flawOfRecords(
  records: readonly SealedRecord[],
  newest: StoredNote | undefined,
  readTile: ReadTile,
  hash: Hash
): RecordFlaw | undefined {
  const inspector = new Inspector(hash)
  for (const record of records) {
    const { flaw = misplaced(record, newest, readTile, hash) } = inspector.inspect(
      record,
      record.index
    )
    if (flaw) return flaw
  }
  return undefined
}

/** A record's proof under a checkpoint, as the text of a `.tlog-proof` file. Throws AuditError `bad_proof` where none is given. */
export function proofUnder(
  { index }: SealedRecord,
  best: StoredNote | undefined,
  readTile: ReadTile,
  hash: Hash
): string {
  if (best === undefined) {
    throw new AuditError(
      'bad_proof',
      `no signed checkpoint covers record ${index} yet; one follows within seconds, or when the log is closed`
    )
  }
  const { size, note: checkpoint } = best
  const path = inclusionProof(index, size, hashReader(readTile, hash), hash)
  return formatTlogProof({ index, path, checkpoint })
}

function misplaced(
  { index, leafHash }: SealedRecord,
  newest: StoredNote | undefined,
  readTile: ReadTile,
  hash: Hash
): RecordFlaw | undefined {
  if (!newest || index >= newest.size) return undefined
  const detail = 'the record is not in the tree that the newest checkpoint signs'
  const flaw = { index, kind: 'rewritten history', detail } as const
  try {
    const { size, root } = parseCheckpoint(newest.note)
    const path = inclusionProof(index, size, hashReader(readTile, hash), hash)
    const shown = rootFromInclusion(index, size, leafHash, path, hash)
    return sameBytes(shown, root) ? undefined : flaw
  } catch (error) {
    if (!AuditError.is(error)) throw error
    return { ...flaw, detail: `${detail}: ${error.message}` }
  }
}
