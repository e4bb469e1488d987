import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { Annotations } from '../parts/annotations.tsx'
import { Badge } from '../parts/badge.tsx'
import { Conversation } from '../parts/conversation.tsx'
import { Facts } from '../parts/facts.tsx'
import { LoadedCall } from '../parts/loaded-call.tsx'
import { ProofFiles } from '../parts/proof-files.tsx'
import { Title } from '../parts/title.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
import { log } from '../state/log.ts'
import { hrefOf, route } from '../state/route.ts'
import { codeOf, curlOf } from '../text/curl.ts'
import { JsonTree } from '../text/json-tree.tsx'
import { Visible } from '../text/visible.tsx'

/** One call, whole: what was said on the left, what is known on the right, the record below. */
export function CallScreen(): VNode {
  return (
    <main class="call">
      <LoadedCall id={route.value.id}>{(call) => <Call call={call} />}</LoadedCall>
    </main>
  )
}

function Call({ call }: { readonly call: CallView }): VNode {
  const { record, contents, auditId, flaw } = call
  const others = Object.entries(contents).filter(
    ([name]) => !SAID.includes(name) && !name.startsWith('media.')
  )
  return (
    <>
      <Steps call={call} />
      <header>
        <Title call={call} />
        <Badge key={auditId} id={auditId} flaw={flaw?.detail} />
        <Waterfall record={record} />
      </header>
      <div class="halves">
        <Conversation call={call} />
        <Facts call={call} />
      </div>
      <section class="below">
        {record.event !== undefined && (
          <details open>
            <summary>what it says</summary>
            <JsonTree value={record.event} />
          </details>
        )}
        {others.map(([name, value]) => (
          <details key={name}>
            <summary>{name}</summary>
            <JsonTree value={value} />
          </details>
        ))}
        {record.model !== undefined && (
          <details>
            <summary>the model, as it was loaded</summary>
            <JsonTree value={record.model} />
          </details>
        )}
        <Annotations key={auditId} call={call} />
        <details>
          <summary>raw record</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre tabIndex={0}>{JSON.stringify(record, null, 2)}</pre>
        </details>
        <div class="copies">
          {!log.value?.isCopy && <ProofFiles call={call} />}
          <Copy name="copy as JSON" text={() => JSON.stringify({ record, contents }, null, 2)} />
          {contents.input !== undefined && (
            <>
              <Copy name="copy as curl" text={() => curlOf(record, contents)} />
              <Copy name="copy as code" text={() => codeOf(record, contents)} />
            </>
          )}
          <Copy name="copy link" text={() => location.href} />
        </div>
      </section>
    </>
  )
}

const SAID = ['input', 'output', 'reasoning', 'error', 'logprobs']

/** Where the call stands in its session. */
function Steps({ call }: { readonly call: CallView }): VNode {
  const { neighbours, record } = call
  const session = record.context?.session
  const to = (by: number, word: string) => {
    const index = neighbours?.ids[neighbours.place + by]
    return index === undefined ? (
      <span class="faint">{word}</span>
    ) : (
      <a href={hrefOf({ screen: 'call', id: String(index) })}>{word}</a>
    )
  }
  return (
    <nav class="steps" aria-label="The call's place">
      <a href={hrefOf({ screen: 'calls' })}>← Calls</a>
      {session !== undefined && (
        <a href={hrefOf({ screen: 'session', id: session })}>
          <Visible text={session} />
        </a>
      )}
      {neighbours && (
        <>
          <span>
            {neighbours.place + 1} of {neighbours.ids.length}
          </span>
          {to(-1, '↑ before')}
          {to(1, '↓ after')}
        </>
      )}
    </nav>
  )
}

function Copy({ name, text }: { readonly name: string; readonly text: () => string }): VNode {
  return (
    <button type="button" onClick={() => void navigator.clipboard.writeText(text())}>
      {name}
    </button>
  )
}
