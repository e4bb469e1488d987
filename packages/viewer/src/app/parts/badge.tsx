import { useSignal, useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import type { ProofView } from '../../server/proof-view.ts'
import { askProof } from '../api.ts'
import type { Proven } from '../state/check-proof.ts'

interface Verdict extends Proven {
  readonly state: 'proven' | 'unsigned' | 'wrong' | 'unchecked'
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
  let checkProof: (view: ProofView) => Promise<Proven>
  try {
    const [asked, part] = await Promise.all([askProof(id), import('../state/check-proof.ts')])
    view = asked
    checkProof = part.checkProof
  } catch (error) {
    return { state: 'unchecked', words: `Not checked: ${(error as Error).message}`, steps: [] }
  }
  if (!view) {
    const steps = ['No checkpoint covers the call yet.']
    return { state: 'unsigned', words: 'Not yet signed', steps }
  }
  try {
    return { state: 'proven', ...(await checkProof(view)) }
  } catch (error) {
    return { state: 'wrong', words: `Does not match: ${(error as Error).message}`, steps: [] }
  }
}
