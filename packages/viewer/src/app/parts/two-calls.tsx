import { useSignal, useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { askCall } from '../api.ts'
import { hrefOf } from '../state/route.ts'
import { Difference } from '../text/difference.tsx'
import { messagesOf } from '../text/messages.ts'
import { Facts } from './facts.tsx'
import { Title } from './title.tsx'
import { Waterfall } from './waterfall.tsx'

interface Props {
  readonly first: string
  readonly second: string
}

/** Two calls side by side: what was asked and answered, with the words that differ, and what is known of each. */
export function TwoCalls({ first, second }: Props): VNode {
  const calls = useSignal<readonly [CallView, CallView] | undefined>(undefined)
  const problem = useSignal('')
  useSignalEffect(() => {
    Promise.all([askCall(first), askCall(second)]).then(
      (found) => {
        calls.value = found
      },
      (error: Error) => {
        problem.value = error.message
      }
    )
  })
  if (problem.value !== '') return <p class="wrong">{problem.value}</p>
  if (!calls.value) return <p class="faint late">Loading…</p>
  const [one, other] = calls.value
  const texts = (['input', 'output'] as const).map(
    (name) => [name, textOf(one, name), textOf(other, name)] as const
  )
  return (
    <div class="two">
      {([one, other] as const).map((call, place) => (
        <section key={call.auditId}>
          <Title call={call} />
          <a href={hrefOf({ screen: 'call', id: place === 0 ? first : second })}>open</a>
          <Waterfall record={call.record} />
          {texts.map(([name, before, after]) => (
            <div key={name} class="said">
              <span class="role">{name === 'input' ? 'asked' : 'answered'}</span>
              <div class="plain">
                <Difference first={before} second={after} side={place === 0 ? 'first' : 'second'} />
              </div>
            </div>
          ))}
          <Facts call={call} />
        </section>
      ))}
    </div>
  )
}

/** The words of the last question, or of the answer; of a tool what it was given, or gave. */
function textOf({ contents, record }: CallView, name: 'input' | 'output'): string {
  const content = contents[name]
  if (record.kind === 'tool' && content !== undefined) {
    return typeof content === 'string' ? content : JSON.stringify(content, null, 2)
  }
  const messages = messagesOf(content, name === 'input' ? 'user' : 'assistant')
  const said = name === 'input' ? messages.slice(-1) : messages
  return said
    .map(({ text, tools }) =>
      [text, ...tools.map((tool) => `⌂ ${tool.name} ${JSON.stringify(tool.input)}`)].join('\n')
    )
    .join('\n')
    .trim()
}
