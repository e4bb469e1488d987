import { growList, isObject } from '@slm-audit/core/adapter'
import { joinContent } from './completion-fold.ts'

type Fields = { [name: string]: unknown }

/** The events of a streamed answer, folded into the body that comes in one piece. */
export interface ConversationFold {
  readonly body: Fields
  readonly outputs: Map<unknown, Fields>
}

/** An entry's events: `message.output.delta`, `tool.execution.started`, … */
const ENTRY = /^(message\.output|function\.call|tool\.execution|agent\.handoff)\.(\w+)$/

/** Starts a fold. */
export function startConversation(): ConversationFold {
  return { body: {}, outputs: new Map() }
}

/** Folds one event; those that it does not know do no harm. */
export function stepConversation(fold: ConversationFold, event: unknown): ConversationFold {
  if (!isObject(event)) return fold
  const { type: name, created_at: _at, output_index: index, content_index: _in, ...rest } = event
  const [, type] = ENTRY.exec(String(name)) ?? []
  if (type === undefined) {
    const { message, code, ...members } = rest
    Object.assign(fold.body, members)
    if (name === 'conversation.response.error') fold.body.error = { message, code }
    return fold
  }
  const key = index ?? rest.id
  const entry = fold.outputs.get(key) ?? { type }
  fold.outputs.set(key, entry)
  stepEntry(entry, rest)
  return fold
}

/** The body that the events add up to; a fold without entries has no outputs. */
export function finishConversation({ body, outputs }: ConversationFold): Fields {
  if (outputs.size === 0) return body
  const entries = [...outputs].sort(([left], [right]) => Number(left) - Number(right))
  return {
    ...body,
    outputs: entries.map(([, { content, ...entry }]) =>
      Array.isArray(content) ? { ...entry, content: joinContent(content) } : entry
    )
  }
}

function stepEntry(entry: Fields, { content, arguments: piece, ...rest }: Fields): void {
  Object.assign(entry, rest)
  if (content !== undefined) {
    growList(entry, 'content', [content].flat())
  }
  if (piece === undefined) return
  const before = entry.arguments
  entry.arguments = typeof piece === 'string' && typeof before === 'string' ? before + piece : piece
}
