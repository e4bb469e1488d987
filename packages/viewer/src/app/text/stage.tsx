import type { Stage } from '@slm-audit/core/reader'
import type { VNode } from 'preact'

/** How a call ended, as shape and word. */
export const STAGES: { readonly [S in Stage]: readonly [mark: string, word: string] } = {
  complete: ['✓', 'complete'],
  error: ['✕', 'error'],
  cancelled: ['◐', 'cancelled'],
  received: ['○', 'open'],
  abandoned: ['◌', 'abandoned'],
  denied: ['⊘', 'denied'],
  event: ['·', 'event']
}

/** The mark of a stage, with its word for those who do not see it. */
export function StageMark({ stage }: { readonly stage: Stage }): VNode {
  const [mark, word] = STAGES[stage]
  return (
    <span class={`stage ${stage}`} role="img" aria-label={word} title={word}>
      {mark}
    </span>
  )
}
