import { AuditError, parseRecord } from '@slm-audit/core'
import type { AuditedCall, ProvedRecord, Reader } from '@slm-audit/core/reader'
import type { ExportedCall } from './format.ts'

/**
 * Where a row of a data set comes from, as one line: the call, its records' leaf hashes with proofs
 * under the newest checkpoint (c2sp.org/tlog-proof) where one covers them, and the commitments to
 * the contents as they were before anything was redacted.
 */
export async function provenanceLine(
  row: number,
  { call, records }: ExportedCall,
  redacted: number,
  reader: Reader
): Promise<string> {
  const proofs = await proofsOf(call, reader)
  const commitments: { [name: string]: string } = {}
  const proved = records.map((sealed) => {
    const { stage, log } = parseRecord(sealed)
    for (const [name, { commitment }] of Object.entries(log.contents)) {
      commitments[name] = commitment
    }
    const leafHash = Buffer.from(sealed.leafHash).toString('hex')
    const proof = proofs.find(({ record }) => record.index === sealed.index)?.proof
    return { index: sealed.index, stage, leafHash, ...(proof !== undefined && { proof }) }
  })
  const { origin } = call.record.log
  const line = { row, auditId: call.auditId, origin, records: proved, commitments }
  return `${JSON.stringify({ ...line, ...(redacted > 0 && { redacted }) })}\n`
}

async function proofsOf({ auditId }: AuditedCall, reader: Reader): Promise<ProvedRecord[]> {
  try {
    return await reader.prove(auditId)
  } catch (error) {
    // No checkpoint covers the call yet.
    if (AuditError.is(error) && error.code === 'bad_proof') return []
    throw error
  }
}
