import type { Reader } from '@slm-audit/core/reader'

/** What the page needs to check a call's records by itself. */
export interface ProofView {
  /** Verifier keys of the log, oldest first. */
  readonly keys: readonly string[]
  /** Of each record: its header, whose UTF-8 bytes are the leaf, and the text of its proof. */
  readonly records: readonly { readonly header: string; readonly proof: string }[]
}

/** The proofs of a call. Rejects with AuditError `bad_proof` while no checkpoint covers it. */
export async function proofsOf(reader: Reader, id: string): Promise<ProofView> {
  const [keys, proved] = await Promise.all([reader.keys(), reader.prove(id)])
  return { keys, records: proved.map(({ record, proof }) => ({ header: record.header, proof })) }
}
