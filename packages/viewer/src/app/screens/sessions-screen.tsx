import { useSignal, useSignalEffect } from '@preact/signals'
import type { SessionSummary } from '@slm-audit/core/reader'
import type { VNode } from 'preact'
import { askSessions } from '../api.ts'
import { QueryBox } from '../parts/query-box.tsx'
import { followChanges } from '../state/live.ts'
import { hrefOf, route } from '../state/route.ts'
import { Visible } from '../text/visible.tsx'
import { counted, countWord, dayWord, durationWord, timeWord } from '../text/words.ts'

/** Conversations and runs of agents, the newest first. */
export function SessionsScreen(): VNode {
  const items = useSignal<readonly SessionSummary[] | undefined>(undefined)
  const cursor = useSignal<string | undefined>(undefined)
  const problem = useSignal('')
  const load = async (q: string, from?: string): Promise<void> => {
    try {
      const page = await askSessions(q, from)
      if (q !== route.value.q) return
      const before = from === undefined ? [] : (items.value ?? [])
      items.value = [...before, ...page.items]
      cursor.value = page.cursor
      problem.value = ''
    } catch (error) {
      if (q === route.value.q) problem.value = (error as Error).message
    }
  }
  useSignalEffect(() => {
    const { q } = route.value
    items.value = undefined
    return followChanges(async () => {
      // What somebody has scrolled to stays.
      if ((items.peek()?.length ?? 0) <= 30) await load(q)
    })
  })
  const found = items.value
  return (
    <main class="sessions">
      <h1 class="unseen-title">Sessions</h1>
      <QueryBox placeholder="sessions that have a call which… user:u-7 stage:error" />
      {problem.value !== '' && (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
      {found === undefined && problem.value === '' && (
        <p class="faint late" aria-busy="true">
          Loading…
        </p>
      )}
      {found?.length === 0 && (
        <div class="empty">
          <p>{route.value.q === '' ? 'No sessions yet.' : 'No session has such a call.'}</p>
          <pre>{`await log.withContext({ session: 'S-42', user: 'u-7' }, () => answer(question))`}</pre>
        </div>
      )}
      <ul class="session-list">
        {found?.map((each) => (
          <Item key={each.session} session={each} />
        ))}
      </ul>
      {cursor.value !== undefined && (
        <button type="button" onClick={() => void load(route.value.q, cursor.value)}>
          older sessions
        </button>
      )}
    </main>
  )
}

function Item({ session: found }: { readonly session: SessionSummary }): VNode {
  const { session, users, stepCount, errorCount, openCount, busyMs, slowest } = found
  return (
    <li>
      <a href={hrefOf({ screen: 'session', id: session })}>
        <span class="when">
          {dayWord(found.endedAt)} {timeWord(found.endedAt)}
        </span>
        <b>
          <Visible text={session} />
        </b>
        <span class="soft">
          <Visible text={[...users, ...found.services].join(' · ')} />
        </span>
        <span class="figures">
          {counted(stepCount, 'step')} · {durationWord(busyMs)}
          {slowest && busyMs > 0 && slowest.durationMs > busyMs / 4 && (
            <>
              , {durationWord(slowest.durationMs)} of it in <Visible text={slowest.name} />
            </>
          )}
          {' · '}
          {countWord(found.inputTokens)}→{countWord(found.outputTokens)}
          {errorCount > 0 && <span class="bad"> · {counted(errorCount, 'error')}</span>}
          {openCount > 0 && <span class="info"> · {countWord(openCount)} open</span>}
        </span>
        <span class="talk">
          <span class="asked">
            <Visible text={found.question ?? ''} />
          </span>
          <span class="arrow" aria-hidden="true">
            {found.answer === undefined ? '' : '→'}
          </span>
          <span class="answered">
            <Visible text={found.answer ?? ''} />
          </span>
        </span>
      </a>
    </li>
  )
}
