import { useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import { Badge } from '../parts/badge.tsx'
import { Conversation } from '../parts/conversation.tsx'
import { Facets } from '../parts/facets.tsx'
import { FilterBar } from '../parts/filter-bar.tsx'
import { LoadedCall } from '../parts/loaded-call.tsx'
import { NoRows, Rows } from '../parts/rows.tsx'
import { Title } from '../parts/title.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
import { rows, waiting, watchCalls } from '../state/calls.ts'
import { go, hrefOf, route } from '../state/route.ts'

/** All calls, newest first, with a filter, their values, and one of them beside the list. */
export function CallsScreen(): VNode {
  useSignalEffect(() => watchCalls())
  const isEmpty = rows.value.length === 0 && waiting.value.length === 0
  const { open } = route.value
  return (
    <main class={open === '' ? 'calls' : 'calls peeking'}>
      <h1 class="unseen-title">Calls</h1>
      <FilterBar />
      <Facets />
      {isEmpty ? <NoRows /> : <Rows />}
      {open !== '' && <Peek id={open} />}
    </main>
  )
}

function Peek({ id }: { readonly id: string }): VNode {
  return (
    <aside class="peek" aria-label="The call beside the list">
      <LoadedCall id={id}>
        {(call) => (
          <>
            <header>
              <Title call={call} />
              <Waterfall record={call.record} />
              <Badge key={call.auditId} id={call.auditId} flaw={call.flaw?.detail} />
            </header>
            <Conversation call={call} />
            <footer>
              <a href={hrefOf({ screen: 'call', id })}>open (Enter)</a>
              {call.record.context?.session !== undefined && (
                <a href={hrefOf({ screen: 'session', id: call.record.context.session })}>
                  session (o)
                </a>
              )}
              <button type="button" onClick={() => go({ ...route.value, open: '' }, true)}>
                close (Esc)
              </button>
            </footer>
          </>
        )}
      </LoadedCall>
    </aside>
  )
}
