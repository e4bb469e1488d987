import type { Session, SessionStep } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { hrefOf } from '../state/route.ts'
import { spansOf } from '../text/spans.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { durationWord } from '../text/words.ts'

/** What a step is called: its tool, its model, or its kind. */
export function nameOf({ tool, kind, model, operation }: SessionStep): string {
  if (kind === 'tool') return tool ?? 'a tool'
  return model ?? operation ?? kind
}

/** The steps of a session in the order of time. */
export function stepsOf({ runs }: Session): readonly SessionStep[] {
  return runs.flatMap(({ steps }) => steps)
}

interface Props {
  readonly session: Session
  /** Whether steps stand below the one that they are part of. */
  readonly isTree: boolean
}

/** Every step of a session on one scale of time; what the application did in between is named. */
export function SessionTimeline({ session, isTree }: Props): VNode {
  const steps = stepsOf(session)
  const { spans } = spansOf(steps)
  const slowest = steps.reduce((one, other) =>
    (other.durationMs ?? 0) > (one.durationMs ?? 0) ? other : one
  )
  return (
    <ol class="timeline">
      {spans.map((span, place) =>
        span.is === 'gap' ? (
          <li class="gap" key={place}>
            application, {durationWord(span.ms)}
          </li>
        ) : (
          <Step
            key={place}
            step={span.step as SessionStep}
            from={span.from}
            width={span.width}
            isSlowest={span.step === slowest && steps.length > 1}
            isTree={isTree}
          />
        )
      )}
    </ol>
  )
}

interface StepProps {
  readonly step: SessionStep
  readonly from: number
  readonly width: number
  readonly isSlowest: boolean
  readonly isTree: boolean
}

/** How far a step stands to the right for each step around it, in pixels. */
const INDENT = 20
const DEEPEST = 6

function Step({ step, from, width, isSlowest, isTree }: StepProps): VNode {
  const { stage, kind, question, answer, durationMs, firstChunkMs, index, depth } = step
  const first = durationMs && firstChunkMs ? (width * firstChunkMs) / durationMs : 0
  const indent = isTree ? Math.min(depth, DEEPEST) * INDENT : 0
  return (
    <li>
      <a href={hrefOf({ screen: 'call', id: String(index) })}>
        <span class="name" style={{ paddingLeft: `${indent}px` }}>
          {indent > 0 && (
            <span class="faint" aria-hidden="true">
              └{' '}
            </span>
          )}
          <StageMark stage={stage} /> {kind === 'tool' ? '⌂ ' : ''}
          <Visible text={nameOf(step)} />
        </span>
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect
            class={kind === 'tool' ? 'tool' : 'stream'}
            x={from}
            width={width}
            y="1"
            height="8"
          />
          {first > 0 && <rect class="until-first" x={from} width={first} y="1" height="8" />}
        </svg>
        <span class="took">
          {durationWord(durationMs)} {isSlowest && <b>slowest</b>}
        </span>
        <span class="talk">
          <span class="asked">
            <Visible text={question ?? ''} />
          </span>
          <span class="arrow" aria-hidden="true">
            {answer === undefined ? '' : '→'}
          </span>
          <span class="answered">
            <Visible text={answer ?? step.errorType ?? ''} />
          </span>
        </span>
      </a>
    </li>
  )
}
