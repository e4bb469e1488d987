/** A message of a conversation, as the page shows it. */
export interface Message {
  readonly role: string
  readonly text: string
  readonly reasoning: string
  readonly tools: readonly ToolUse[]
  /** What else it holds, as JSON: images, files, what nobody knows. */
  readonly others: readonly unknown[]
}

/** A tool that a message asks for. */
export interface ToolUse {
  readonly name: string
  readonly input: unknown
}

type Fields = { readonly [name: string]: unknown }

const TEXTS: readonly unknown[] = ['text', 'input_text', 'output_text', undefined]

/** The messages of a content; a content that is no conversation is one message of a role. */
export function messagesOf(value: unknown, role: string): Message[] {
  const list = Array.isArray(value) ? value : listIn(value)
  if (list) {
    const messages = list.filter((item) => item !== null).map((item) => messageOf(item, role))
    return messages.filter((message) => isSaying(message))
  }
  return value === undefined || value === null ? [] : [messageOf(value, role)]
}

function isSaying({ text, reasoning, tools, others }: Message): boolean {
  return text !== '' || reasoning !== '' || tools.length > 0 || others.length > 0
}

function listIn(value: unknown): readonly unknown[] | undefined {
  if (!isFields(value)) return undefined
  for (const name of ['messages', 'choices', 'contents', 'candidates']) {
    const list = value[name]
    if (Array.isArray(list))
      return typeof value.system === 'string'
        ? [{ role: 'system', content: value.system }, ...list]
        : list
  }
  return undefined
}

function messageOf(item: unknown, role: string): Message {
  if (typeof item === 'string') return { role, text: item, reasoning: '', tools: [], others: [] }
  if (!isFields(item)) return { role, text: String(item), reasoning: '', tools: [], others: [] }
  // An answer's choice or candidate has its message inside.
  const inner = isFields(item.message)
    ? item.message
    : isFields(item.content)
      ? { role: item.role, ...item.content }
      : item
  return new Reading(typeof inner.role === 'string' ? inner.role : role).read(inner)
}

class Reading implements Message {
  readonly role: string
  text = ''
  reasoning = ''
  readonly tools: ToolUse[] = []
  readonly others: unknown[] = []

  constructor(role: string) {
    this.role = role === 'model' ? 'assistant' : role
  }

  read(message: Fields): Message {
    const {
      content,
      parts,
      text,
      tool_calls: calls,
      reasoning_content,
      reasoning,
      thinking
    } = message
    for (const each of [reasoning_content, reasoning, thinking]) {
      if (typeof each === 'string') this.reasoning += each
    }
    const body = content ?? parts ?? text
    if (typeof body === 'string') this.text += body
    else if (Array.isArray(body)) for (const block of body) this.#block(block)
    else if (body === undefined && calls === undefined && !this.#isTool(message))
      this.others.push(message)
    if (Array.isArray(calls)) for (const call of calls) this.#call(call)
    return this
  }

  #block(block: unknown): void {
    if (typeof block === 'string') this.text += block
    else if (!isFields(block)) this.others.push(block)
    else if (TEXTS.includes(block.type) && typeof block.text === 'string') this.text += block.text
    else if (typeof block.thinking === 'string') this.reasoning += block.thinking
    else if (block.type === 'tool_result') this.text += textIn(block.content)
    else if (!this.#isTool(block)) this.others.push(block)
  }

  #isTool(block: Fields): boolean {
    const call = isFields(block.functionCall) ? block.functionCall : block
    const isCall = /tool_use|function_call$|toolUse/.test(String(call.type)) || call !== block
    if (isCall) this.#call(call)
    return isCall
  }

  #call(call: unknown): void {
    if (!isFields(call)) return
    const inner = isFields(call.function) ? call.function : call
    const { name, arguments: text, input, args } = inner
    this.tools.push({ name: String(name ?? 'tool'), input: opened(text ?? input ?? args) })
  }
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value))
    return value.map((item) => (isFields(item) ? String(item.text ?? '') : '')).join('')
  return JSON.stringify(value ?? '')
}

/** JSON inside of a text is opened. */
function opened(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
