import { useSignal, useSignalEffect } from '@preact/signals'
import type { Session, SessionStep } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { hrefOf } from '../state/route.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { countWord, durationWord } from '../text/words.ts'
import { nameOf, stepsOf } from './session-timeline.tsx'

/** A step is shown at least, and at most, so long before the next, in milliseconds. */
const LEAST_MS = 400
const MOST_MS = 2_500

/** A session step by step, at the pace at which it happened as far as one likes to wait. */
export function SessionPlayer({ session }: { readonly session: Session }): VNode {
  const steps = stepsOf(session)
  const at = useSignal(0)
  const isPlaying = useSignal(true)
  const last = steps.length - 1
  useSignalEffect(() => {
    const here = at.value
    if (!isPlaying.value) return
    if (here >= last) {
      isPlaying.value = false
      return
    }
    const timer = setTimeout(() => (at.value = here + 1), pause(steps[here], steps[here + 1]))
    return () => clearTimeout(timer)
  })
  const toggle = (): void => {
    if (!isPlaying.value && at.value >= last) at.value = 0
    isPlaying.value = !isPlaying.value
  }
  const to = (place: number): void => {
    isPlaying.value = false
    at.value = Math.min(last, Math.max(0, place))
  }
  return (
    <>
      <div class="player">
        <button type="button" onClick={toggle}>
          {isPlaying.value ? '⏸ pause' : '▶ play'}
        </button>
        <button type="button" aria-label="step before" onClick={() => to(at.value - 1)}>
          ‹
        </button>
        <button type="button" aria-label="next step" onClick={() => to(at.value + 1)}>
          ›
        </button>
        <input
          type="range"
          aria-label="step"
          min="0"
          max={last}
          value={at.value}
          onInput={(event) => to(Number(event.currentTarget.value))}
        />
        <span class="faint">
          {countWord(at.value + 1)} of {countWord(steps.length)} ·{' '}
          {durationWord(steps[at.value]?.offsetMs)}
        </span>
      </div>
      <ol class="played" aria-live="polite">
        {steps.slice(0, at.value + 1).map((step) => (
          <Played key={step.auditId} step={step} />
        ))}
      </ol>
    </>
  )
}

function pause(here: SessionStep | undefined, next: SessionStep | undefined): number {
  const between = (next?.offsetMs ?? 0) - (here?.offsetMs ?? 0)
  return Math.min(MOST_MS, Math.max(LEAST_MS, between))
}

function Played({ step }: { readonly step: SessionStep }): VNode {
  const { question, answer, errorType, stage, kind, durationMs, index, tool } = step
  return (
    <li class={kind === 'tool' ? 'of-tool' : ''}>
      <a href={hrefOf({ screen: 'call', id: String(index) })}>
        <StageMark stage={stage} /> {kind === 'tool' ? '⌂ ' : ''}
        <Visible text={nameOf(step)} /> <span class="faint">{durationWord(durationMs)}</span>
      </a>
      {question !== undefined && (
        <p class="plain soft">
          <Visible text={question} />
        </p>
      )}
      <p class={errorType === undefined ? 'plain' : 'plain bad'}>
        <Visible text={answer ?? errorType ?? (kind !== 'tool' && tool ? `asks ⌂ ${tool}` : '')} />
      </p>
    </li>
  )
}
