import { AuditError, type AuditedCall, type Reader } from '@slm-audit/core/reader'
import { checkTlogProof, parseTlogProof, parseTrustPolicy } from '@slm-audit/core/tlog'
import { policyOfKeys } from '../../export/proved-records.ts'
import type { Standing } from '../../render/title.ts'

const encoder = new TextEncoder()

/**
 * Whether a signed checkpoint of the log covers all records of a call, each proved from its stored bytes.
 * `undefined` for a log without a checkpoint, and for a proof that does not hold: what is wrong with the
 * call is then told as its flaw.
 */
export async function standingOf(
  call: AuditedCall,
  reader: Pick<Reader, 'checkpoint' | 'keys' | 'prove'>
): Promise<Standing> {
  if (call.flaw) return undefined
  const size = Number((await reader.checkpoint())?.split('\n')[1] ?? Number.NaN)
  if (Number.isNaN(size)) return undefined
  try {
    const keys = await reader.keys()
    const policy = parseTrustPolicy(policyOfKeys(keys))
    const proved = await reader.prove(call.auditId)
    const sizes = await Promise.all(
      proved.map(async ({ record, proof }) => {
        const { checkpoint } = await checkTlogProof(
          parseTlogProof(proof),
          encoder.encode(record.header),
          policy
        )
        return checkpoint.size
      })
    )
    return { isProved: true, size: Math.min(...sizes) }
  } catch (error) {
    if (AuditError.is(error) && (call.indices.at(-1) ?? 0) >= size) return { isProved: false, size }
    return undefined
  }
}
