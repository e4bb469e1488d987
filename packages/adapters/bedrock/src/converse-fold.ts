import { growList, isObject, ownMember, setMember } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The events of a streamed Converse answer, folded into the answer that comes in one piece. */
export interface ConverseFold {
  readonly body: Fields
  readonly message: Fields
  readonly blocks: Map<number, Fields>
}

/** Starts a fold. */
export function startConverse(): ConverseFold {
  return { body: {}, message: {}, blocks: new Map() }
}

/** Folds one event, named as its event type; events and deltas it does not know do no harm. */
export function stepConverse(fold: ConverseFold, event: unknown, name?: string): ConverseFold {
  if (!isObject(event)) return fold
  const { body, message, blocks } = fold
  // Padding, which hides the length of what was said.
  const { p: _padding, ...members } = event
  if (name === 'messageStart') Object.assign(message, members)
  else if (name === 'contentBlockStart') stepBlock(blockOf(blocks, event), event.start)
  else if (name === 'contentBlockDelta') stepBlock(blockOf(blocks, event), event.delta)
  else if (name === 'messageStop' || name === 'metadata' || name === 'error') {
    Object.assign(body, members)
  }
  return fold
}

/** The answer that the events add up to; a fold that got no message has no output. */
export function finishConverse({ body, message, blocks }: ConverseFold): Fields {
  if (blocks.size === 0 && Object.keys(message).length === 0) return body
  const ordered = [...blocks.entries()].sort(([left], [right]) => left - right)
  const content = ordered.map(([, block]) => finishBlock(block))
  return { output: { message: { ...message, content } }, ...body }
}

function blockOf(blocks: Map<number, Fields>, { contentBlockIndex: at }: Fields): Fields {
  const index = typeof at === 'number' ? at : 0
  const block = blocks.get(index) ?? {}
  blocks.set(index, block)
  return block
}

/** A piece of a block has one member, named as the block's kind. */
function stepBlock(block: Fields, piece: unknown): void {
  if (!isObject(piece)) return
  for (const [kind, value] of Object.entries(piece)) {
    if (kind === 'text') append(block, 'text', value)
    else if (kind === 'reasoningContent' && isObject(value))
      stepReasoning(inside(block, kind), value)
    else if (kind === 'citation') {
      const cited = inside(block, 'citationsContent')
      growList(cited, 'citations', [value])
    } else if (isObject(value)) {
      const into = inside(block, kind)
      for (const [name, member] of Object.entries(value)) {
        if (name === 'input') append(into, name, member)
        else setMember(into, name, member)
      }
    } else if (Array.isArray(value)) {
      const into = inside(block, kind)
      growList(into, 'content', value)
    } else setMember(block, kind, value)
  }
}

/** In one piece, text and signature stand together under `reasoningText`. */
function stepReasoning(into: Fields, { text, signature, ...rest }: Fields): void {
  if (text !== undefined) append(inside(into, 'reasoningText'), 'text', text)
  if (signature !== undefined) append(inside(into, 'reasoningText'), 'signature', signature)
  for (const [name, value] of Object.entries(rest)) append(into, name, value)
}

/** A tool's input arrives as pieces of JSON; one that was cut off stays the text that it is. */
function finishBlock(block: Fields): Fields {
  const { toolUse, toolResult, text, citationsContent } = block
  if (isObject(toolResult) && Array.isArray(toolResult.content)) {
    return { ...block, toolResult: { ...toolResult, content: joinTexts(toolResult.content) } }
  }
  if (isObject(citationsContent) && text !== undefined) {
    const { text: _text, ...rest } = block
    return { ...rest, citationsContent: { content: [{ text }], ...citationsContent } }
  }
  if (!isObject(toolUse) || typeof toolUse.input !== 'string') return block
  try {
    return { ...block, toolUse: { ...toolUse, input: JSON.parse(toolUse.input) } }
  } catch {
    return block
  }
}

/** Results of tools that run at the provider come in pieces, whose texts go on. */
function joinTexts(pieces: readonly unknown[]): unknown[] {
  const joined: unknown[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (isObject(last) && isObject(piece) && 'text' in last && 'text' in piece) {
      joined[joined.length - 1] = { text: `${last.text}${piece.text}` }
    } else joined.push(piece)
  }
  return joined
}

function inside(target: Fields, name: string): Fields {
  const before = ownMember(target, name)
  const into = isObject(before) ? (before as Fields) : {}
  setMember(target, name, into)
  return into
}

function append(target: Fields, name: string, piece: unknown): void {
  const before = ownMember(target, name)
  const isMore = typeof before === 'string' && typeof piece === 'string'
  setMember(target, name, isMore ? before + piece : piece)
}
