import type { CallSummary } from '@slm-audit/core/reader'

/** A step of a session on a scale of percent, or time of the application between two steps. */
export type Span =
  | {
      readonly is: 'step'
      readonly step: CallSummary
      readonly from: number
      readonly width: number
    }
  | { readonly is: 'gap'; readonly ms: number }

/** A gap longer than this share of the time that steps took is drawn shorter, and named. */
const LONG = 0.2
/** Its width then, as a share of that time. */
const DRAWN = 0.05
const LEAST_WIDTH = 0.4

/** The steps in the order of time, on one scale; what the application did in between is named. */
export function spansOf(steps: readonly CallSummary[]): {
  readonly spans: Span[]
  readonly ms: number
} {
  const timed = steps.map((step) => {
    const from = Date.parse(step.receivedAt)
    return { step, from, to: from + (step.durationMs ?? 0) }
  })
  const busy = Math.max(
    1,
    timed.reduce((sum, { from, to }) => sum + to - from, 0)
  )
  const placed: { step: CallSummary; from: number; ms: number; gap: number }[] = []
  let [end, at] = [timed[0]?.from ?? 0, 0]
  for (const { step, from, to } of timed) {
    const gap = Math.max(0, from - end)
    const isLong = gap > busy * LONG
    at += (isLong ? busy * DRAWN : gap) - Math.max(0, end - from)
    placed.push({ step, from: at, ms: to - from, gap: isLong ? gap : 0 })
    at += to - from
    if (to < end) at += end - to
    end = Math.max(end, to)
  }
  const scale = 100 / Math.max(1, at)
  const spans = placed.flatMap(({ step, from, ms, gap }): Span[] => {
    const width = Math.max(LEAST_WIDTH, ms * scale)
    const own: Span = { is: 'step', step, from: Math.min(from * scale, 100 - width), width }
    return gap > 0 ? [{ is: 'gap', ms: gap }, own] : [own]
  })
  return { spans, ms: end - (timed[0]?.from ?? end) }
}
