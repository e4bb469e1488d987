import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { durationWord } from '../text/words.ts'

/** One sentence that may be all one needs: `qwen3:4b answered u-7 in 301 ms`. */
export function Title({ call }: { readonly call: CallView }): VNode {
  const { record, stage } = call
  const { response, call: asked, context, timing, kind, outcome } = record
  const who =
    kind === 'tool'
      ? `⌂ ${asked?.name ?? asked?.model ?? 'tool'}`
      : (response?.model ?? asked?.model ?? asked?.operation ?? kind)
  const verb = VERBS[stage] ?? stage
  const user = context?.user === undefined ? '' : ` ${context.user}`
  const took = timing === undefined ? '' : ` in ${durationWord(timing.durationMs)}`
  const why = stage === 'error' ? `: ${outcome?.type ?? 'error'}` : ''
  return (
    <h1>
      <StageMark stage={stage} /> <Visible text={`${who} ${verb}${user}${took}${why}`} />
    </h1>
  )
}

const VERBS: { readonly [stage: string]: string } = {
  complete: 'answered',
  error: 'failed',
  cancelled: 'was stopped for',
  received: 'has not answered',
  abandoned: 'was abandoned for',
  denied: 'was denied to',
  event: 'noted'
}
