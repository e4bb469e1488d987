import { asChat, isObject } from '@slm-audit/core/exporter'
import {
  type Fields,
  type MessagePart,
  partsOf,
  reasoningPart,
  toolCallPart,
  toolResponsePart
} from './message-parts.ts'

/** A message in the JSON schema of the GenAI conventions. */
export interface Message {
  readonly role: string
  readonly parts: readonly MessagePart[]
  readonly name?: string
}

/** A request's messages, and the instructions that were sent apart from them. */
export interface InputMessages {
  readonly messages: readonly Message[]
  readonly instructions?: readonly MessagePart[]
}

const LISTS = ['messages', 'contents', 'input', 'prompt', 'inputText'] as const
const INSTRUCTIONS = ['system', 'instructions', 'systemInstruction', 'systemPrompt'] as const

/**
 * Reads the content `input` of whatever provider: messages, items of OpenAI's Responses, contents
 * of Google's, a prompt, or an object that holds one of them beside its instructions.
 */
export function inputMessages(content: unknown): InputMessages {
  const input = asChat(content)
  if (!isObject(input) || 'role' in input) return { messages: messagesOf(input, 'user') }
  const list = LISTS.map((name) => input[name]).find((value) => value !== undefined)
  const found = INSTRUCTIONS.map((name) => input[name]).find((value) => value !== undefined)
  const instructions = partsOf(isObject(found) && found['parts'] ? found['parts'] : found)
  return {
    messages: list === undefined ? messagesOf(input, 'user') : messagesOf(list, 'user'),
    ...(instructions.length > 0 && { instructions })
  }
}

/** Reads the content `output`: a text, a message, choices, candidates, or output items. */
export function outputMessages(output: unknown, reasoning?: unknown): Message[] {
  const messages = messagesOf(choicesOf(asChat(output)), 'assistant')
  const [first, ...others] = messages
  const shows = messages.some(({ parts }) => parts.some(({ type }) => type === 'reasoning'))
  if (typeof reasoning !== 'string' || reasoning === '' || first === undefined || shows) {
    return messages
  }
  return [{ ...first, parts: [reasoningPart(reasoning), ...first.parts] }, ...others]
}

/** Reads tool definitions; a function in OpenAI's wrapping becomes a plain one. */
export function toolDefinitions(tools: unknown): Fields[] {
  const list = Array.isArray(tools) ? tools : isObject(tools) ? Object.entries(tools) : []
  return list.flatMap((tool): Fields[] => {
    if (Array.isArray(tool)) {
      const [name, definition] = tool
      return isObject(definition) ? [{ type: 'function', ...definition, name }] : []
    }
    if (!isObject(tool)) return []
    const { function: wrapped, functionDeclarations } = tool
    if (Array.isArray(functionDeclarations)) return toolDefinitions(functionDeclarations)
    const { input_schema: schema, ...definition } = isObject(wrapped) ? wrapped : tool
    return [
      { type: 'function', ...definition, ...(schema !== undefined && { parameters: schema }) }
    ]
  })
}

function choicesOf(output: unknown): unknown {
  if (!isObject(output)) return output
  const { choices, candidates, output: items, message } = output
  return choices ?? candidates ?? items ?? message ?? output
}

/** Items that stand for messages; a run of items without a role belongs to one message. */
function messagesOf(value: unknown, role: string): Message[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return [messageOf(value, role)]
  const messages: Message[] = []
  let loose: MessagePart[] = []
  const closeLoose = () => {
    if (loose.length > 0) messages.push({ role, parts: loose })
    loose = []
  }
  for (const item of value) {
    if (isObject(item) && isMessage(item)) {
      closeLoose()
      messages.push(messageOf(item, role))
    } else if (typeof item === 'string' && role === 'assistant') {
      messages.push(messageOf(item, role))
    } else loose.push(...itemParts(item))
  }
  closeLoose()
  return messages
}

function isMessage(item: Fields): boolean {
  return 'role' in item || 'message' in item || 'content' in item || 'parts' in item
    ? typeof item['type'] !== 'string' || item['type'] === 'message' || 'role' in item
    : false
}

/** Items of the Responses API that are not messages; reasoning comes with its summary. */
function itemParts(item: unknown): MessagePart[] {
  if (isObject(item) && item['type'] === 'reasoning' && Array.isArray(item['summary'])) {
    const lines = item['summary'].map((part) => (isObject(part) ? part['text'] : part))
    return lines.length > 0 ? [reasoningPart(lines.join('\n'))] : []
  }
  return partsOf(item)
}

function messageOf(value: unknown, role: string): Message {
  if (!isObject(value)) return { role, parts: partsOf(value) }
  const inner = isObject(value['message']) ? value['message'] : value
  const content = isObject(inner['content']) ? inner['content'] : inner
  const said = content['role'] ?? inner['role'] ?? value['role']
  const name = inner['name']
  return {
    role: roleOf(said, role),
    parts: messageParts(inner, content),
    ...(typeof name === 'string' && { name })
  }
}

/** Google calls the assistant `model`. */
function roleOf(said: unknown, otherwise: string): string {
  if (typeof said !== 'string') return otherwise
  return said === 'model' ? 'assistant' : said
}

function messageParts(message: Fields, content: Fields): MessagePart[] {
  if (message['role'] === 'tool' && 'tool_call_id' in message) {
    return [toolResponsePart(message['tool_call_id'], message['content'])]
  }
  const reasoning = message['reasoning_content'] ?? message['reasoning'] ?? message['thinking']
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : []
  const body = content['parts'] ?? content['content'] ?? content['text']
  const isBare = body === undefined && calls.length === 0 && !('role' in message)
  return [
    ...(typeof reasoning === 'string' && reasoning !== '' ? [reasoningPart(reasoning)] : []),
    ...partsOf(isBare ? message : body),
    ...(typeof message['refusal'] === 'string'
      ? [{ type: 'refusal', content: message['refusal'] }]
      : []),
    ...calls.filter(isObject).map((call) => {
      const target = isObject(call['function']) ? call['function'] : call
      return toolCallPart(call['id'], target['name'], target['arguments'])
    })
  ]
}
