import { isObject } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  checkSignature,
  leafHash,
  parseCheckpoint,
  rootFromInclusion,
  sameBytes,
  type VerifierKey
} from '@slm-audit/core/tlog'

/**
 * Checks a TransparencyLogEntry of Rekor v2, offline: its body holds the digest, its inclusion proof leads from the body to the
 * root of the checkpoint in it, and the log's key has signed that. Rejects with an Error that says what is wrong.
 */
export async function checkEntry(
  entry: unknown,
  digest: Buffer,
  logKey: VerifierKey
): Promise<void> {
  const { canonicalizedBody, inclusionProof } = objectOf(entry)
  const body = Buffer.from(String(canonicalizedBody), 'base64')
  if (digestIn(body) !== digest.toString('base64'))
    throw new Error('its entry is of something else')
  const proof = objectOf(inclusionProof)
  const envelope = String(objectOf(proof.checkpoint).envelope)
  const { size, root, note, origin } = parseCheckpoint(envelope)
  if (origin !== logKey.name) throw new Error(`its checkpoint is of ${origin}`)
  if ((await checkSignature(note, logKey)) !== 'good') {
    throw new Error(`its checkpoint is not signed by the key of ${logKey.name}`)
  }
  const hashes = Array.isArray(proof.hashes) ? proof.hashes : []
  const path = hashes.map((hash) => Buffer.from(String(hash), 'base64'))
  const index = Number(proof.logIndex)
  const found = rootFromInclusion(index, size, leafHash(body, nodeSha256), path, nodeSha256)
  if (!sameBytes(found, root))
    throw new Error('its proof does not lead from the entry to the checkpoint')
}

/** The digest that the body of a hashedrekord 0.0.2 is about, in base64. */
function digestIn(body: Buffer): string {
  const { kind, apiVersion, spec } = objectOf(JSON.parse(body.toString('utf8')))
  if (kind !== 'hashedrekord' || apiVersion !== '0.0.2')
    throw new Error('its entry is no hashedrekord 0.0.2')
  return String(objectOf(objectOf(objectOf(spec).hashedRekordV002).data).digest)
}

function objectOf(value: unknown): { readonly [name: string]: unknown } {
  if (isObject(value)) return value
  throw new Error('it is no entry of a log')
}
