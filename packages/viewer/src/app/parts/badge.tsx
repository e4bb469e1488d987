import { useSignal, useSignalEffect } from '@preact/signals'
import { checkTlogProof, parseTlogProof, parseTrustPolicy } from '@slm-audit/core/tlog'
import type { VNode } from 'preact'
import type { ProofView } from '../../server/proof-view.ts'
import { askProof } from '../api.ts'
import { countWord, shortDigest } from '../text/words.ts'

interface Verdict {
  readonly state: 'proven' | 'unsigned' | 'wrong' | 'unchecked'
  readonly words: string
  readonly steps: readonly string[]
}

const MARKS = { proven: '✓', unsigned: '◔', wrong: '✕', unchecked: '?' } as const

/**
 * Whether a call's records are in the log as signed: computed here, from the bytes, never asserted by the
 * server. Each call has a badge of its own: give the id as `key`, too.
 */
export function Badge({
  id,
  flaw
}: {
  readonly id: string
  readonly flaw: string | undefined
}): VNode {
  const verdict = useSignal<Verdict | undefined>(undefined)
  useSignalEffect(() => {
    verdict.value = undefined
    void verdictOn(id, flaw).then((found) => {
      verdict.value = found
    })
  })
  const found = verdict.value
  if (!found) return <span class="badge faint">checking the proof…</span>
  return (
    <details class={`badge ${found.state}`}>
      <summary>
        {MARKS[found.state]} {found.words}
      </summary>
      <ol>
        {found.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </details>
  )
}

async function verdictOn(id: string, flaw: string | undefined): Promise<Verdict> {
  if (flaw !== undefined) return { state: 'wrong', words: `Does not match: ${flaw}`, steps: [] }
  let view: ProofView | null
  try {
    view = await askProof(id)
  } catch (error) {
    return { state: 'unchecked', words: `Not checked: ${(error as Error).message}`, steps: [] }
  }
  if (!view) {
    const steps = ['No checkpoint covers the call yet.']
    return { state: 'unsigned', words: 'Not yet signed', steps }
  }
  try {
    return await check(view)
  } catch (error) {
    return { state: 'wrong', words: `Does not match: ${(error as Error).message}`, steps: [] }
  }
}

async function check({ keys, records }: ProofView): Promise<Verdict> {
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
    state: 'proven',
    words: `Proven: leaf ${countWord(last.index)} in checkpoint ${countWord(last.size)}, signed by ${key}`,
    steps
  }
}
