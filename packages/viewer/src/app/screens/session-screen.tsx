import { useSignal, useSignalEffect } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askCalls } from '../api.ts'
import { hrefOf, route } from '../state/route.ts'
import { spansOf } from '../text/spans.ts'
import { StageMark } from '../text/stage.tsx'
import { Visible } from '../text/visible.tsx'
import { counted, dayWord, durationWord, timeWord } from '../text/words.ts'

/** Pages of a session that are loaded. */
const MOST_PAGES = 5

/** A conversation or an agent's run: one sentence, then its steps on one scale of time. */
export function SessionScreen(): VNode {
  const steps = useSignal<readonly CallSummary[] | undefined>(undefined)
  const problem = useSignal('')
  const { id } = route.value
  useSignalEffect(() => {
    steps.value = undefined
    load(route.value.id).then(
      (found) => {
        steps.value = found
      },
      (error: Error) => {
        problem.value = error.message
      }
    )
  })
  return (
    <main class="session">
      <nav class="steps" aria-label="The session's place">
        <a href={hrefOf({ screen: 'calls' })}>← Calls</a>
        <a href={hrefOf({ screen: 'calls', q: `session:${quoted(id)}` })}>as a list</a>
      </nav>
      {problem.value !== '' && <p class="wrong">{problem.value}</p>}
      {steps.value && <Timeline id={id} steps={steps.value} />}
    </main>
  )
}

async function load(id: string): Promise<readonly CallSummary[]> {
  const steps: CallSummary[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const found = await askCalls(`session:${quoted(id)}`, cursor)
    steps.push(...found.items)
    cursor = found.cursor
    if (cursor === undefined) break
  }
  return steps.reverse()
}

function quoted(value: string): string {
  return /[\s"*,]/.test(value) ? JSON.stringify(value) : value
}

interface TimelineProps {
  readonly id: string
  readonly steps: readonly CallSummary[]
}

function Timeline({ id, steps }: TimelineProps): VNode {
  const [first] = steps
  if (!first) return <p class="empty">No call of the session {id}.</p>
  const { spans, ms } = spansOf(steps)
  const slowest = steps.reduce((one, other) =>
    (other.durationMs ?? 0) > (one.durationMs ?? 0) ? other : one
  )
  return (
    <>
      <h1>
        <Visible text={sentence(id, steps, ms, slowest)} />
      </h1>
      <p class="faint">
        {dayWord(first.receivedAt)} {timeWord(first.receivedAt)}
      </p>
      <ol class="timeline">
        {spans.map((span, place) =>
          span.is === 'gap' ? (
            <li class="gap" key={place}>
              application, {durationWord(span.ms)}
            </li>
          ) : (
            <Step key={place} {...span} isSlowest={span.step === slowest && steps.length > 1} />
          )
        )}
      </ol>
    </>
  )
}

function sentence(
  id: string,
  steps: readonly CallSummary[],
  span: number,
  slowest: CallSummary
): string {
  const failed = steps.filter(({ stage }) => stage === 'error').length
  const share = slowest.durationMs ?? 0
  const most =
    steps.length > 1 && share > span / 4
      ? `, of which ${durationWord(share)} in ${nameOf(slowest)}`
      : ''
  const errors = failed > 0 ? ` · ${counted(failed, 'error')}` : ''
  return `${id} · ${counted(steps.length, 'step')} · ${durationWord(span)}${most}${errors}`
}

function nameOf({ tool, kind, model }: CallSummary): string {
  return kind === 'tool' ? (tool ?? 'a tool') : (model ?? kind)
}

interface StepProps {
  readonly step: CallSummary
  readonly from: number
  readonly width: number
  readonly isSlowest: boolean
}

function Step({ step, from, width, isSlowest }: StepProps): VNode {
  const { stage, kind, question, answer, durationMs, index } = step
  return (
    <li>
      <a href={hrefOf({ screen: 'call', id: String(index) })}>
        <span class="name">
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
