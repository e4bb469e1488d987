import type { VNode } from 'preact'
import { TwoCalls } from '../parts/two-calls.tsx'
import { TwoSides } from '../parts/two-sides.tsx'
import { route } from '../state/route.ts'

/** Two models, versions, prompts or times; or two calls, side by side. */
export function CompareScreen(): VNode {
  const { view, first, second } = route.value
  return (
    <main class="compare">
      <h1 class="unseen-title">Compare</h1>
      {view === 'calls' ? <TwoCalls first={first} second={second} /> : <TwoSides />}
    </main>
  )
}
