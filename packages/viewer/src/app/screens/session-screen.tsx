import { useSignal, useSignalEffect } from '@preact/signals'
import type { Session } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askSession } from '../api.ts'
import { SessionPlayer } from '../parts/session-player.tsx'
import { SessionTimeline } from '../parts/session-timeline.tsx'
import { followChanges } from '../state/live.ts'
import { go, hrefOf, route } from '../state/route.ts'
import { testOf } from '../text/filter-words.ts'
import { Visible } from '../text/visible.tsx'
import { counted, countWord, dayWord, durationWord, timeWord } from '../text/words.ts'

const VIEWS = ['timeline', 'tree', 'play'] as const

/** A conversation or an agent's run: one sentence, then its steps on one scale of time, as a tree, or played. */
export function SessionScreen(): VNode {
  const session = useSignal<Session | undefined>(undefined)
  const problem = useSignal('')
  const { id, view } = route.value
  const wanted = useSignal(id)
  wanted.value = id
  useSignalEffect(() => {
    const mine = wanted.value
    return followChanges(async () => {
      const found = await askSession(mine).catch((error: Error) => error)
      if (wanted.peek() !== mine) return
      problem.value = found instanceof Error ? found.message : ''
      if (!(found instanceof Error)) session.value = found
    })
  })
  const shown = VIEWS.find((each) => each === view) ?? 'timeline'
  const found = session.value
  return (
    <main class="session">
      <nav class="steps" aria-label="The session's place">
        <a href={hrefOf({ screen: 'sessions' })}>← Sessions</a>
        <a href={hrefOf({ screen: 'calls', q: testOf('session', id) })}>as a list</a>
        <span class="times">
          {VIEWS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === shown}
              onClick={() => go({ ...route.value, view: each === 'timeline' ? '' : each }, true)}
            >
              {each}
            </button>
          ))}
        </span>
      </nav>
      {problem.value !== '' && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
      {found ? (
        <Head session={found} />
      ) : (
        <h1 class="unseen-title">
          Session <Visible text={id} />
        </h1>
      )}
      {found && shown === 'play' && <SessionPlayer session={found} />}
      {found && shown !== 'play' && <SessionTimeline session={found} isTree={shown === 'tree'} />}
    </main>
  )
}

function Head({ session }: { readonly session: Session }): VNode {
  const { users, services, tenant, inputTokens, outputTokens, annotations, beganAt } = session
  return (
    <>
      <h1>
        <Visible text={sentence(session)} />
      </h1>
      <p class="faint">
        {dayWord(beganAt)} {timeWord(beganAt)} ·{' '}
        <Visible text={[...users, tenant ?? '', ...services].filter(Boolean).join(' · ')} /> ·{' '}
        {countWord(inputTokens)}→{countWord(outputTokens)} tokens
        {annotations.length > 0 && ` · ${counted(annotations.length, 'annotation')}`}
      </p>
    </>
  )
}

function sentence(session: Session): string {
  const { stepCount, errorCount, busyMs, runs, slowest } = session
  // The same as lists and the command line say.
  const most =
    slowest && busyMs > 0 && slowest.durationMs > busyMs / 4
      ? `, ${durationWord(slowest.durationMs)} of it in ${slowest.name}`
      : ''
  const inRuns = runs.length > 1 ? ` in ${countWord(runs.length)} runs` : ''
  const errors = errorCount > 0 ? ` · ${counted(errorCount, 'error')}` : ''
  return `${session.session} · ${counted(stepCount, 'step')}${inRuns} · ${durationWord(busyMs)}${most}${errors}`
}
