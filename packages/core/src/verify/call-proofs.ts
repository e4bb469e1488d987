import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { KnownNodes } from '../tlog/known-nodes.ts'
import { inclusionProof, rootFromInclusion } from '../tlog/proof.ts'
import type { ReadTile } from '../tlog/tiles.ts'
import { formatTlogProof } from '../tlog/tlog-proof.ts'
import { type ReadHash, sameBytes } from '../tlog/tree.ts'
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
 *
 * @param known What is known of the log's tree from call to call.
 */
export function flawOfRecords(
  records: readonly SealedRecord[],
  newest: StoredNote | undefined,
  readTile: ReadTile,
  hash: Hash,
  known = new KnownNodes()
): RecordFlaw | undefined {
  const inspector = new Inspector(hash)
  const place = (record: SealedRecord) =>
    misplaced(record, newest, known.reader(readTile, hash), hash)
  for (const record of records) {
    const { flaw } = inspector.inspect(record, record.index)
    if (flaw) return flaw
    if (!place(record)) continue
    // What is known may be of a tree that is no more.
    known.forget()
    const found = place(record)
    if (found) return found
  }
  return undefined
}

/**
 * A record's proof under a checkpoint, as the text of a `.tlog-proof` file. Throws AuditError `bad_proof` where none is given.
 *
 * @param known What is known of the log's tree from record to record.
 */
export function proofUnder(
  record: SealedRecord,
  best: StoredNote | undefined,
  readTile: ReadTile,
  hash: Hash,
  known = new KnownNodes()
): string {
  const { index } = record
  if (best === undefined) {
    throw new AuditError(
      'bad_proof',
      `no signed checkpoint covers record ${index} yet; one follows within seconds, or when the log is closed`
    )
  }
  const { size, note: checkpoint } = best
  const read = known.reader(readTile, hash)
  // What is known may be of a tree that is no more.
  if (misplaced(record, best, read, hash)) known.forget()
  return formatTlogProof({ index, path: inclusionProof(index, size, read, hash), checkpoint })
}

function misplaced(
  { index, leafHash }: SealedRecord,
  newest: StoredNote | undefined,
  read: ReadHash,
  hash: Hash
): RecordFlaw | undefined {
  if (!newest || index >= newest.size) return undefined
  const detail = 'the record is not in the tree that the newest checkpoint signs'
  const flaw = { index, kind: 'rewritten history', detail } as const
  try {
    const { size, root } = parseCheckpoint(newest.note)
    const path = inclusionProof(index, size, read, hash)
    const shown = rootFromInclusion(index, size, leafHash, path, hash)
    return sameBytes(shown, root) ? undefined : flaw
  } catch (error) {
    if (!AuditError.is(error)) throw error
    return { ...flaw, detail: `${detail}: ${error.message}` }
  }
}
