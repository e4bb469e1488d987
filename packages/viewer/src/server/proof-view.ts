import { AuditError } from '@slm-audit/core/journal'
import { parseRecord, type Reader } from '@slm-audit/core/reader'
import { parseCheckpoint } from '@slm-audit/core/tlog'

/** What the page needs to check a call's records by itself. */
export interface ProofView {
  /** Verifier keys of the log, oldest first. */
  readonly keys: readonly string[]
  /** Of each record: its header, whose UTF-8 bytes are the leaf, and the text of its proof. */
  readonly records: readonly { readonly header: string; readonly proof: string }[]
}

/** The proofs of a call; `undefined` while no checkpoint covers it. Rejects with AuditError `bad_proof` where the tree is damaged, and for a copy, which has none. */
export async function proofsOf(reader: Reader, id: string): Promise<ProofView | undefined> {
  try {
    const [keys, proved] = await Promise.all([reader.keys(), reader.prove(id)])
    return { keys, records: proved.map(({ record, proof }) => ({ header: record.header, proof })) }
  } catch (error) {
    const isUnproved = AuditError.is(error) && error.code === 'bad_proof'
    // Of a copy the error says where to ask.
    if (!isUnproved || reader.isCopy || (await isSigned(reader, id))) throw error
    return undefined
  }
}

/** Whether the newest checkpoint covers all records of a call. */
async function isSigned(reader: Reader, id: string): Promise<boolean> {
  const note = await reader.checkpoint()
  if (note === undefined) return false
  const last = (await reader.get(id))?.indices.at(-1)
  return last !== undefined && last < parseCheckpoint(note).size
}

const PLAIN = /^[\w-]{1,64}$/

/**
 * One file of the proof of a call, as `slm-audit prove` writes it: of the record at `at` its header (`record`) or
 * its proof (`proof`). Rejects with AuditError `not_found`, or `bad_proof` while no checkpoint covers it.
 */
export async function proofFile(reader: Reader, values: URLSearchParams): Promise<Response> {
  const id = values.get('id') ?? ''
  const at = Number(values.get('at') ?? 0)
  const found = (await reader.prove(id))[at]
  if (!found) throw new AuditError('not_found', `the call has no record at ${at}`)
  const { auditId, stage } = parseRecord(found.record)
  const isRecord = values.get('as') === 'record'
  const base = PLAIN.test(auditId) ? `${auditId}.${stage}` : `record-${found.record.index}`
  const headers = {
    'content-type': isRecord ? 'application/json' : 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${base}.${isRecord ? 'json' : 'tlog-proof'}"`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-store'
  }
  return new Response(isRecord ? found.record.header : found.proof, { headers })
}
