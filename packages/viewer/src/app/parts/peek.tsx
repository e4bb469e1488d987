import type { VNode } from 'preact'
import { go, hrefOf, route } from '../state/route.ts'
import { Badge } from './badge.tsx'
import { Conversation } from './conversation.tsx'
import { Facts } from './facts.tsx'
import { LoadedCall } from './loaded-call.tsx'
import { Title } from './title.tsx'
import { Waterfall } from './waterfall.tsx'

/** A call beside the list. */
export function Peek({ id }: { readonly id: string }): VNode {
  return (
    <aside class="peek" aria-label="The call beside the list">
      <LoadedCall id={id}>
        {(call) => (
          <>
            <header>
              <Title call={call} />
              <Badge key={call.auditId} id={call.auditId} flaw={call.flaw?.detail} />
              <Waterfall record={call.record} />
            </header>
            <Conversation call={call} />
            <Facts call={call} isShort />
            <footer>
              <a href={hrefOf({ screen: 'call', id })}>open ↵</a>
              {call.record.context?.session !== undefined && (
                <a href={hrefOf({ screen: 'session', id: call.record.context.session })}>
                  session o
                </a>
              )}
              <button type="button" onClick={() => go({ ...route.value, open: '' }, true)}>
                close esc
              </button>
            </footer>
          </>
        )}
      </LoadedCall>
    </aside>
  )
}
