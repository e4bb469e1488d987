import { isObject } from '@slm-audit/core/journal'
import { type AuditedCall, asChat } from '@slm-audit/core/reader'

type Fields = { readonly [name: string]: unknown }

/** A tool that the model asked for. */
export interface ToolCall {
  readonly id?: string
  readonly name: string
  /** JSON text. */
  readonly arguments: string
}

/** A message in the words of OpenAI's chat format, which trainers share. */
export interface Message {
  readonly role: string
  readonly content: string | null
  readonly toolCalls?: readonly ToolCall[]
  /** Which tool call a message of role `tool` answers. */
  readonly toolCallId?: string
}

/** A call as an example: what was asked, and what the model answered. */
export interface Conversation {
  readonly prompt: readonly Message[]
  readonly answer: Message
  readonly reasoning?: string
  /** Tool definitions, as sent. */
  readonly tools?: readonly unknown[]
}

/**
 * Reads a call's conversation whatever its provider's shape: a text, messages, blocks of text and
 * of tool use. Undefined for a call that has none, or one with parts that are not text.
 */
export function readConversation({ contents }: AuditedCall): Conversation | undefined {
  const prompt = readInput(asChat(contents.input))
  const answer = readAnswer(asChat(contents.output))
  if (!prompt || prompt.length === 0 || !answer) return undefined
  const { reasoning, tools } = contents
  return {
    prompt,
    answer,
    ...(typeof reasoning === 'string' && reasoning !== '' && { reasoning }),
    ...(Array.isArray(tools) && tools.length > 0 && { tools })
  }
}

function readInput(input: unknown): Message[] | undefined {
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (isObject(input)) {
    const { system, messages, prompt } = input
    const rest = readInput(messages ?? prompt)
    const text = system === undefined ? undefined : textOfParts(system)
    return rest && text !== undefined ? [{ role: 'system', content: text }, ...rest] : rest
  }
  if (!Array.isArray(input)) return undefined
  const messages = input.map((each) => readMessage(each, 'user'))
  return messages.every((each) => each !== undefined) ? messages : undefined
}

/** The first choice, where there are several. */
function readAnswer(output: unknown): Message | undefined {
  if (typeof output === 'string') return { role: 'assistant', content: output }
  const isBlocks = Array.isArray(output) && isObject(output[0]) && isBlock(output[0])
  if (isBlocks) return readMessage({ content: output }, 'assistant')
  const first: unknown = Array.isArray(output) ? output[0] : output
  if (!isObject(first)) return typeof first === 'string' ? readAnswer(first) : undefined
  if (isObject(first.message)) return readMessage(first.message, 'assistant')
  if (typeof first.text === 'string') return { role: 'assistant', content: first.text }
  return readMessage(first, 'assistant')
}

function isBlock({ type }: Fields): boolean {
  return type === 'text' || type === 'tool_use' || type === 'thinking'
}

function readMessage(value: unknown, defaultRole: string): Message | undefined {
  if (!isObject(value)) return undefined
  const { role = defaultRole, content, tool_call_id: toolCallId } = value
  if (typeof role !== 'string') return undefined
  const toolCalls = readToolCalls(value)
  const text = content === undefined || content === null ? null : textOfParts(content)
  if (text === undefined || (text === null && toolCalls.length === 0)) return undefined
  return {
    role,
    content: text === '' && toolCalls.length > 0 ? null : text,
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(typeof toolCallId === 'string' && { toolCallId })
  }
}

/** The text of a content in one piece or in parts; undefined when a part is not text. */
function textOfParts(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  let text = ''
  for (const part of content.filter(isObject)) {
    if (part.type === 'tool_use' || part.type === 'thinking') continue
    if (typeof part.text !== 'string') return undefined
    text += part.text
  }
  return text
}

function readToolCalls({ tool_calls: calls, content }: Fields): ToolCall[] {
  const blocks = Array.isArray(content) ? content.filter(isObject) : []
  const used = blocks.filter(({ type }) => type === 'tool_use')
  const listed = Array.isArray(calls) ? calls.filter(isObject) : []
  return [...listed.map(({ id, function: called }) => ({ id, called })), ...used.map(fromBlock)]
    .map(({ id, called }) => ({ id, ...(isObject(called) ? called : {}) }) as Fields)
    .flatMap(({ id, name, arguments: given }) =>
      typeof name === 'string'
        ? [
            {
              ...(typeof id === 'string' && { id }),
              name,
              arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {})
            }
          ]
        : []
    )
}

function fromBlock({ id, name, input }: Fields) {
  return { id, called: { name, arguments: input } }
}
