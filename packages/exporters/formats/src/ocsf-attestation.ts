import { type AuditRecord, canonicalize, type SealedRecord, toHex } from '@slm-audit/core/exporter'
import { sha256 } from '@slm-audit/core/tlog'

const SHA_256 = 3
const HEX = 1
const JCS = 2

/**
 * Adds the profile `record_integrity` (OCSF 1.9.0-dev): the SHA-256 of the event's canonical JSON
 * (RFC 8785), taken without the fingerprint itself, and where the record stands in its log. The
 * proof of the record is the log's: `chain_uid` names it, `uid` the leaf.
 */
export function attest(
  event: { readonly [attribute: string]: unknown },
  { index }: SealedRecord,
  { log }: AuditRecord
): { readonly [attribute: string]: unknown } {
  const place = { authority_uid: log.origin, chain_uid: log.origin, uid: `${log.origin}/${index}` }
  const text = canonicalize({ ...event, attestation_list: [place] })
  const fingerprint = {
    algorithm: 'SHA-256',
    algorithm_id: SHA_256,
    encoding: 'Hex',
    encoding_id: HEX,
    serialization: 'JCS',
    serialization_id: JCS,
    value: toHex(sha256(new TextEncoder().encode(text)))
  }
  return { ...event, attestation_list: [{ ...place, fingerprint }] }
}
