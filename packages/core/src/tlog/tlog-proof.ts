import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { rootFromInclusion } from './proof.ts'
import { leafHash, sameBytes } from './tree.ts'
import { checkTrustPolicy, type TrustPolicy, type TrustVerdict } from './trust-policy.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'

/** A proof that an entry is in a log, which can be checked without the log: c2sp.org/tlog-proof. */
export interface TlogProof {
  /** The record's place in the log. */
  readonly index: number
  /** Hashes from the leaf to the root (RFC 9162, section 2.1.3.1). */
  readonly path: readonly Uint8Array[]
  /** The signed checkpoint. */
  readonly checkpoint: string
}

/** A proof as the text of a `.tlog-proof` file. */
export function formatTlogProof({ index, path, checkpoint }: TlogProof): string {
  return `${[HEADER, `index ${index}`, ...path.map(toBase64)].join('\n')}\n\n${checkpoint}`
}

/** Reads a `.tlog-proof`. Throws AuditError `bad_proof`. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n')
  const [header, ...lines] = text.slice(0, Math.max(split, 0)).split('\n')
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const [, digits] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '') ?? []
  const path = lines.map(fromBase64)
  if (header !== HEADER || digits === undefined || !path.every((hash) => hash !== undefined)) {
    throw new AuditError('bad_proof', `the text is not a proof that begins with ${HEADER}`)
  }
  return { index: Number(digits), path, checkpoint: text.slice(split + 2) }
}

/** What a proof shows. */
export interface ProofVerdict extends TrustVerdict {
  /** The record's place in the log. */
  readonly index: number
  /** The signed head that the record is proved to be in. */
  readonly checkpoint: Checkpoint
}

/**
 * Checks a proof and the bytes of its entry against a policy, with nothing else. Throws AuditError
 * `bad_proof` when the path does not lead from the entry to the checkpoint's root.
 */
export async function checkTlogProof(
  proof: TlogProof,
  entry: Uint8Array,
  policy: TrustPolicy,
  hash?: Hash
): Promise<ProofVerdict> {
  const { index, path } = proof
  const { note, ...checkpoint } = parseCheckpoint(proof.checkpoint)
  const root = rootFromInclusion(index, checkpoint.size, leafHash(entry, hash), path, hash)
  if (!sameBytes(root, checkpoint.root)) {
    throw new AuditError('bad_proof', `the entry is not what the log has at index ${index}`)
  }
  return { index, checkpoint, ...(await checkTrustPolicy(note, policy)) }
}
