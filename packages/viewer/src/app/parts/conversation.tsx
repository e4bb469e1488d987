import type { VNode } from 'preact'
import type { CallView } from '../../server/call-view.ts'
import { addressOf } from '../api.ts'
import { isConfidenceShown, isRaw } from '../state/keys.ts'
import { inOneLine, JsonTree } from '../text/json-tree.tsx'
import { Markdown, Plain } from '../text/markdown.tsx'
import { type Message, messagesOf, type ToolUse } from '../text/messages.ts'
import { Visible } from '../text/visible.tsx'
import { countWord } from '../text/words.ts'
import { HeatLegend, HeatMap, type SureToken, tokensOf } from './heat-map.tsx'
import { Media, mediaIn } from './media.tsx'

/** Messages before the last ones of a history that are folded. */
const SHOWN = 3

/** What was said in a call: its messages, what the model thought, its answer, its error. */
export function Conversation({ call }: { readonly call: CallView }): VNode {
  const { contents, cut, auditId } = call
  const asked = messagesOf(contents.input, 'user')
  const answered = messagesOf(contents.output, 'assistant')
  const tokens = tokensOf(contents.logprobs)
  const older = asked.slice(0, Math.max(0, asked.length - SHOWN))
  return (
    <div class="conversation">
      {older.length > 0 && (
        <details class="older">
          <summary>
            + {older.length} earlier {older.length === 1 ? 'message' : 'messages'}
          </summary>
          {older.map((message, place) => (
            <Said key={place} call={call} message={message} />
          ))}
        </details>
      )}
      {asked.slice(older.length).map((message, place) => (
        <Said key={place} call={call} message={message} />
      ))}
      {contents.reasoning !== undefined && (
        <Folded name="reasoning" text={textOf(contents.reasoning)} />
      )}
      {answered.map((message, place) => (
        <Said
          key={place}
          call={call}
          message={message}
          tokens={answered.length === 1 ? tokens : []}
        />
      ))}
      {contents.error !== undefined && (
        <div class="said error">
          <span class="role">error</span>
          <Plain text={textOf(contents.error)} />
        </div>
      )}
      <Gone call={call} />
      {Object.entries(cut).map(([name, length]) => (
        <p class="more" key={name}>
          {countWord(length)} more characters of {name}:{' '}
          <a
            href={addressOf('/api/content', { id: auditId, name })}
            target="_blank"
            rel="noreferrer"
          >
            all as plain text
          </a>
        </p>
      ))}
    </div>
  )
}

interface SaidProps {
  readonly call: CallView
  readonly message: Message
  readonly tokens?: readonly SureToken[]
}

function Said({ call, message, tokens = [] }: SaidProps): VNode {
  const { role, text, reasoning, tools, others } = message
  const isMarked = isConfidenceShown.value && tokens.length > 0 && text !== ''
  return (
    <div class={`said ${role}`}>
      <span class="role">
        <Visible text={role} />
      </span>
      <div class="body">
        {reasoning !== '' && <Folded name="reasoning" text={reasoning} />}
        {isMarked ? <HeatMap tokens={tokens} /> : text !== '' && <Text text={text} />}
        {isMarked && <HeatLegend tokens={tokens} />}
        {tools.map((tool, place) => (
          <Tool key={place} tool={tool} />
        ))}
        {others.map((other, place) => (
          <Other key={place} value={other} call={call} />
        ))}
      </div>
    </div>
  )
}

/** Images and sounds as such, and what nobody knows as a tree. */
function Other({ value, call }: { readonly value: unknown; readonly call: CallView }): VNode {
  const media = mediaIn(value)
  if (media.length === 0) return <JsonTree value={value} />
  return (
    <>
      {media.map((each) => (
        <Media key={each.sha256} media={each} call={call} />
      ))}
    </>
  )
}

function Text({ text }: { readonly text: string }): VNode {
  return isRaw.value ? <Plain text={text} /> : <Markdown text={text} />
}

function Folded({ name, text }: { readonly name: string; readonly text: string }): VNode {
  return (
    <details class="folded">
      <summary>
        {name}, {countWord(text.length)} characters
      </summary>
      <Plain text={text} />
    </details>
  )
}

function Tool({ tool }: { readonly tool: ToolUse }): VNode {
  return (
    <details class="tool">
      <summary>
        <span aria-hidden="true">⌂</span>{' '}
        <b>
          <Visible text={tool.name} />
        </b>{' '}
        <span class="mono faint">
          <Visible text={inOneLine(tool.input)} />
        </span>
      </summary>
      <JsonTree value={tool.input} />
    </details>
  )
}

/** What is not stored any more, erased or expired, and what is encrypted with keys that are not here. */
function Gone({ call }: { readonly call: CallView }): VNode | null {
  const { absent = [], encrypted = [] } = call
  if (absent.length + encrypted.length === 0) return null
  const words = absent.map(({ name, items }) => (items ? `${items.length} of ${name}` : name))
  const locked = encrypted.map(({ name, key }) => `${name} (key ${key})`)
  return (
    <>
      {words.length > 0 && (
        <p class="gone">Not stored any more: {words.join(', ')}. The commitments still verify.</p>
      )}
      {locked.length > 0 && <p class="gone">Encrypted: {locked.join(', ')}.</p>}
    </>
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
