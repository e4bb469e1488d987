import type { ComponentChildren, VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { Conversation } from '../parts/conversation.tsx'
import { Facts } from '../parts/facts.tsx'
import { Title } from '../parts/title.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
import { Difference } from '../text/difference.tsx'
import { JsonTree } from '../text/json-tree.tsx'
import { Markdown } from '../text/markdown.tsx'
import { STAGES, StageMark } from '../text/stage.tsx'

/** Every part of the page in its states, to look at while one works on it: empty, long, hostile, right to left. */
export function PartsScreen(): VNode {
  return (
    <main class="parts">
      <h1>Parts</h1>
      <Story name="How a call ended">
        {(Object.keys(STAGES) as (keyof typeof STAGES)[]).map((stage) => (
          <span key={stage} class="chip">
            <StageMark stage={stage} /> {stage}
          </span>
        ))}
      </Story>
      {CALLS.map(([name, call]) => (
        <Story key={name} name={`A call: ${name}`}>
          <Title call={call} />
          <Waterfall record={call.record} />
          <Conversation call={call} />
          <Facts call={call} />
        </Story>
      ))}
      <Story name="Markdown">
        <Markdown text={MARKDOWN} />
      </Story>
      <Story name="A difference">
        <p>
          <Difference first="within 3–5 working days" second="within 10 business days" />
        </p>
      </Story>
      <Story name="A tree">
        <JsonTree
          value={{ order: '4711', items: [{ name: 'headphones', price: 89 }], paid: null }}
        />
      </Story>
      <Story name="A problem">
        <p class="wrong">
          <code>
            user:u-7 <u>modle</u>:x
          </code>{' '}
          there is no field modle; did you mean model?
        </p>
      </Story>
    </main>
  )
}

interface StoryProps {
  readonly name: string
  readonly children: ComponentChildren
}

function Story({ name, children }: StoryProps): VNode {
  return (
    <section>
      <h2>{name}</h2>
      {children}
    </section>
  )
}

const MARKDOWN =
  '# A heading\n\nText with **weight**, *stress*, `code` and a [link](https://example.com).\n\n' +
  '- one\n- two\n\n> said before\n\n```ts\nconst days = 14\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'

const HOSTILE =
  '<script>window.harmed = 1</script> [click](javascript:window.harmed=1) \u001b[31mred\u001b[0m \u202eturned\u202c'

const AT = '2026-11-29T08:37:10.000Z'

function callWith(
  contents: CallView['contents'],
  more: Partial<CallView['record']> = {},
  stage: CallView['stage'] = 'complete'
): CallView {
  const record: CallView['record'] = {
    schema: 2,
    kind: 'call',
    stage,
    auditId: '01a22833-0000-7000-8000-000000000000',
    at: AT,
    call: { operation: 'chat', provider: 'ollama', model: 'qwen3:4b' },
    log: { contents: {}, index: 4_711, origin: 'example.com/log' },
    ...more
  }
  return {
    auditId: record.auditId,
    stage,
    indices: [4_710, 4_711],
    receivedAt: AT,
    record,
    contents,
    cut: {}
  }
}

const ask = (content: string) => [{ role: 'user', content }]
const timing = { durationMs: 301, timeToFirstChunkMs: 182, tokensPerSecond: 479 }
const LONG = 'A refund takes three to five working days after the parcel has arrived. '.repeat(40)

const CALLS: readonly (readonly [name: string, call: CallView])[] = [
  ['empty', callWith({})],
  ['short', callWith({ input: ask('How long?'), output: 'Five days.' }, { timing })],
  [
    'with doubt',
    callWith({
      input: ask('How long?'),
      output: 'Five days.',
      logprobs: [
        { token: 'Five', logprob: -0.9, top: [{ token: 'Ten', logprob: -1 }] },
        { token: ' days.', logprob: -0.01 }
      ]
    })
  ],
  ['long', callWith({ input: ask(LONG), output: LONG }, { timing: { durationMs: 61_000 } })],
  ['hostile', callWith({ input: ask(HOSTILE), output: HOSTILE })],
  [
    'right to left',
    callWith({ input: ask('كم يستغرق استرداد المبلغ؟'), output: 'خمسة أيام عمل.' })
  ],
  [
    'failed',
    callWith(
      { input: ask('Where is my parcel?'), error: '429 rate limit, retry after 2 s' },
      {
        outcome: { type: 'RateLimitError', status: 429 },
        attempts: [
          { durationMs: 40, status: 429 },
          { durationMs: 60, status: 429 }
        ],
        timing: { durationMs: 120 }
      },
      'error'
    )
  ],
  ['open', callWith({ input: ask('And in Switzerland?') }, {}, 'received')]
]
