import { isObject, ownMember, setMember } from '@slm-audit/core'

type Fields = { [name: string]: unknown }

/** The events of a streamed message, folded into the message that comes in one piece. */
export interface MessageFold {
  readonly body: Fields
  readonly blocks: Map<number, Block>
}

interface Block {
  readonly fields: Fields
  /** A tool's input, which arrives as pieces of JSON. */
  input: string
}

/** Starts a fold. */
export function startMessage(): MessageFold {
  return { body: {}, blocks: new Map() }
}

/** Folds one event; events and deltas that it does not know do no harm. */
export function stepMessage(fold: MessageFold, event: unknown): MessageFold {
  if (!isObject(event)) return fold
  const { body, blocks } = fold
  if (event.type === 'message_start') overlay(body, event.message)
  else if (event.type === 'message_delta') {
    const { type: _type, delta, usage, ...rest } = event
    overlay(body, rest)
    overlay(body, delta)
    overlay(body, { usage })
  } else if (event.type === 'error') overlay(body, { error: event.error })
  else if (event.type === 'content_block_start' && isObject(event.content_block)) {
    const { content_block: block } = event
    blocks.set(indexOf(event), { fields: { ...block }, input: '' })
    // Another model took over: in one piece the message would name it.
    if (block.type === 'fallback' && isObject(block.to)) overlay(body, { model: block.to.model })
  } else if (event.type === 'content_block_delta' && isObject(event.delta)) {
    const block = blocks.get(indexOf(event))
    if (block) stepBlock(block, event.delta)
  }
  return fold
}

/** The message that the events add up to; a fold that got no message has no content. */
export function finishMessage({ body, blocks }: MessageFold): Fields {
  if (!Array.isArray(body.content) && blocks.size === 0) return body
  const ordered = [...blocks.entries()].sort(([left], [right]) => left - right)
  return { ...body, content: ordered.map(([, block]) => finishBlock(block)) }
}

function stepBlock(block: Block, delta: { readonly [name: string]: unknown }): void {
  const { fields } = block
  const { type, ...rest } = delta
  if (type === 'text_delta') append(fields, 'text', delta.text)
  else if (type === 'thinking_delta') append(fields, 'thinking', delta.thinking)
  else if (type === 'input_json_delta') {
    if (typeof delta.partial_json === 'string') block.input += delta.partial_json
  } else if (type === 'citations_delta') {
    const before = Array.isArray(fields.citations) ? fields.citations : []
    fields.citations = [...before, delta.citation]
  } else Object.assign(fields, rest)
}

/** JSON that was cut off stays as the text that it is. */
function finishBlock({ fields, input }: Block): Fields {
  if (input === '') return fields
  try {
    return { ...fields, input: JSON.parse(input) }
  } catch {
    return { ...fields, input }
  }
}

/** Counts of a usage are totals so far: a later one replaces, one that is left out stays. */
function overlay(target: Fields, source: unknown): void {
  if (!isObject(source)) return
  for (const [name, value] of Object.entries(source)) {
    const before = ownMember(target, name)
    if (name === 'usage' && isObject(value)) {
      const usage: Fields = isObject(before) ? { ...before } : {}
      overlay(usage, value)
      target.usage = usage
    } else if (value !== undefined && (value !== null || before === undefined)) {
      setMember(target, name, value)
    }
  }
}

function append(fields: Fields, name: string, piece: unknown): void {
  if (typeof piece !== 'string') return
  const before = fields[name]
  fields[name] = typeof before === 'string' ? before + piece : piece
}

function indexOf({ index }: { readonly [name: string]: unknown }): number {
  return typeof index === 'number' ? index : 0
}
