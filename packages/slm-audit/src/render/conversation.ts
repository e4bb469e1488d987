import { isObject } from '@slm-audit/core/journal'
import { type AuditedCall, asChat, textOf } from '@slm-audit/core/reader'

/** Something that was said in a call, and by whom. */
export interface Said {
  /** `user`, `assistant`, `system`, …; of a tool `tool`, of what a model wants of one `asks`. */
  readonly role: string
  readonly text: string
}

/** What a call's conversation is made of. */
export interface Conversation {
  /** What was said before the last question, oldest first. */
  readonly before: readonly Said[]
  /** The last question, what followed it, and what came of it. */
  readonly now: readonly Said[]
}

type Fields = { readonly [name: string]: unknown }

/**
 * What was asked and answered, in order. Contents that are no chat are told whole, as their words or as
 * JSON; what is not stored any more is left out.
 */
export function conversationOf({ record, contents }: AuditedCall): Conversation {
  const isModel = record.kind === 'call'
  const answered = saidIn(contents.output, isModel ? 'assistant' : 'output')
  const asked = saidIn(contents.input, isModel ? 'user' : 'input')
  const last = asked.findLastIndex(({ role }) => role === 'user')
  const begin = isModel ? Math.max(0, last) : 0
  return {
    before: asked.slice(0, begin),
    now: [
      ...asked.slice(begin),
      ...said('thinking', textIn(contents.reasoning)),
      ...(answered.length > 0 ? answered : asksOf(record)),
      ...said('error', textIn(contents.error))
    ]
  }
}

/** The tools that an answer asked for, by name: all that is known where the answer itself is not stored. */
function asksOf({ response }: AuditedCall['record']): Said[] {
  return (response?.toolCalls ?? []).flatMap(({ name }) =>
    name === undefined ? [] : [{ role: 'asks', text: name }]
  )
}

function saidIn(content: unknown, role: string): Said[] {
  if (content === undefined) return []
  const value = asChat(content)
  if (isObject(value) && Array.isArray(value.messages)) {
    return [...said('system', textIn(value.system)), ...saidIn(value.messages, role)]
  }
  const items = (Array.isArray(value) ? value : [value]).map(messageIn)
  const stored = items.filter((item) => item !== null)
  if (stored.length > 0 && stored.every(isObject) && stored.some(isMessage)) {
    return stored.flatMap((message) => saidBy(message, role))
  }
  return said(role, textIn(value))
}

/** A choice of an answer holds the message. */
function messageIn(item: unknown): unknown {
  return isObject(item) && isObject(item.message) ? item.message : item
}

function isMessage(item: Fields): boolean {
  return typeof item.role === 'string'
}

function saidBy(message: Fields, usual: string): Said[] {
  const role = typeof message.role === 'string' ? message.role : usual
  const blocks = [message.content, message.parts].find(Array.isArray) ?? []
  const results = blocks.filter(isObject).filter(({ type }) => type === 'tool_result')
  const asks = [...listIn(message.tool_calls), ...blocks].flatMap(askIn)
  return [
    ...said(role, results.length > 0 ? '' : textOf(withoutTools(message))),
    ...results.flatMap(({ content }) => said('tool', textIn(content))),
    ...asks.map((text) => ({ role: 'asks', text }))
  ]
}

/** A message without what it says of tools, which is told beside it. */
function withoutTools({ tool_calls: _calls, content, parts, ...rest }: Fields): Fields {
  const isWord = (block: unknown) =>
    !isObject(block) || (block.type !== 'tool_use' && !isObject(block.functionCall))
  return {
    ...rest,
    ...(content !== undefined && {
      content: Array.isArray(content) ? content.filter(isWord) : content
    }),
    ...(Array.isArray(parts) && { parts: parts.filter(isWord) })
  }
}

/** The tool that a model wants, and with what: in the forms of OpenAI, Anthropic and Gemini. */
function askIn(item: unknown): string[] {
  if (!isObject(item)) return []
  const asked = [item.function, item.functionCall, item.type === 'tool_use' ? item : undefined]
  return asked.flatMap((one) => {
    if (!isObject(one) || typeof one.name !== 'string') return []
    const given = one.arguments ?? one.args ?? one.input ?? {}
    return [`${one.name} ${typeof given === 'string' ? given : JSON.stringify(given)}`]
  })
}

function said(role: string, text: string): Said[] {
  return text.trim() === '' ? [] : [{ role, text }]
}

function textIn(content: unknown): string {
  if (content === undefined || content === null) return ''
  const text = textOf(content)
  return text === '' && typeof content !== 'string' ? JSON.stringify(content) : text
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
