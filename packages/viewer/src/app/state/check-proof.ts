import { checkTlogProof, parseTlogProof, parseTrustPolicy } from '@slm-audit/core/tlog'
import type { ProofView } from '../../server/proof-view.ts'
import { countWord, shortDigest } from '../text/words.ts'

/** What a proof has shown, and the steps that lead there. */
export interface Proven {
  readonly words: string
  readonly steps: readonly string[]
}

/**
 * Computes from the bytes of a call's records and their proofs that they are in the log as its key signed it. Rejects with
 * what is wrong. A part of its own, as a list of calls needs none of it.
 */
export async function checkProof({ keys, records }: ProofView): Promise<Proven> {
  const policies = keys.map((key) => parseTrustPolicy(`log ${key}\nquorum none\n`))
  const steps: string[] = []
  let last = { index: 0, size: 0 }
  for (const { header, proof } of records) {
    const entry = new TextEncoder().encode(header)
    const parsed = parseTlogProof(proof)
    const verdicts = await Promise.all(
      policies.map((policy) => checkTlogProof(parsed, entry, policy))
    )
    const found = verdicts.find(({ accepted }) => accepted)
    if (!found) throw new Error(verdicts[0]?.problem ?? 'no key of the log signed the checkpoint')
    last = { index: found.index, size: found.checkpoint.size }
    const root = Array.from(found.checkpoint.root, (byte) =>
      byte.toString(16).padStart(2, '0')
    ).join('')
    steps.push(
      `Record ${countWord(found.index)}: SHA-256 of its ${countWord(entry.length)} bytes, then ${parsed.path.length} hashes, lead to the root ${shortDigest(root)}.`
    )
  }
  const key = keys.at(-1)?.split('+')[1] ?? ''
  steps.push(
    `The checkpoint of ${countWord(last.size)} records with that root has a signature by the key ${key}.`
  )
  steps.push(
    'All of this was computed in this page. Whoever holds the key could have written another log: compare a checkpoint that was kept elsewhere with slm-audit verify --against.'
  )
  return {
    words: `Proven: leaf ${countWord(last.index)} in checkpoint ${countWord(last.size)}, signed by ${key}`,
    steps
  }
}
