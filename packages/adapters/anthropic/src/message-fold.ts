import { isObject, laterState, ownMember, setMember } from '@slm-audit/core/adapter'
import { type Block, finishBlock, fits, startBlock, stepBlock } from './block-fold.ts'

type Fields = { [name: string]: unknown }

/** The events of a streamed message, folded into the message that comes in one piece. */
export interface MessageFold {
  readonly body: Fields
  /** In the order in which they began. */
  readonly blocks: Block[]
  /** The same by their number, which two may have. */
  readonly numbered: Map<number, Block[]>
}

/** How many of the blocks of one number, the last ones, a delta may continue. */
const MOST_OF_A_NUMBER = 16

/** Starts a fold. */
export function startMessage(): MessageFold {
  return { body: {}, blocks: [], numbered: new Map() }
}

/** Folds one event; events and deltas that it does not know do no harm. */
export function stepMessage(fold: MessageFold, event: unknown): MessageFold {
  if (!isObject(event)) return fold
  const { body } = fold
  if (event.type === 'message_start') overlay(body, event.message)
  else if (event.type === 'message_delta') {
    const { type: _type, delta, usage, ...rest } = event
    overlay(body, rest)
    overlay(body, delta)
    overlay(body, { usage })
  } else if (event.type === 'error') overlay(body, { error: errorIn(event) })
  else if (event.type === 'content_block_start' && isObject(event.content_block)) {
    const { content_block: block } = event
    addBlock(fold, startBlock(indexOf(event), block))
    // Another model took over: in one piece the message would name it.
    if (block.type === 'fallback' && isObject(block.to)) overlay(body, { model: block.to.model })
  } else if (event.type === 'content_block_delta' && isObject(event.delta)) {
    stepBlock(blockFor(fold, indexOf(event), event.delta), event.delta)
  }
  return fold
}

/** The message that the events add up to; a fold that got no message has no content. */
export function finishMessage({ body, blocks }: MessageFold): Fields {
  if (!Array.isArray(body.content) && blocks.length === 0) return body
  const content: unknown[] = Array.isArray(body.content) ? [...body.content] : []
  const whole = [...content]
  // Two blocks of one number are in the order in which they began.
  for (const block of blocks.toSorted((left, right) => left.index - right.index)) {
    const fields = finishBlock(block)
    const before = whole[block.index]
    if (isSameKind(before, fields)) {
      content[block.index] = laterState(before, fields)
      whole[block.index] = undefined
    } else content.push(fields)
  }
  return { ...body, content }
}

/** Whether a block that the message itself has may be the one of its number: the pieces go on behind others. */
function isSameKind(before: unknown, { type, id }: Fields): boolean {
  if (!isObject(before)) return false
  return (type ?? before.type) === before.type && (id ?? before.id) === before.id
}

/** The block that a delta continues, which starts with it where it did not before. */
function blockFor(fold: MessageFold, index: number, delta: Fields): Block {
  const known = fold.numbered.get(index)?.slice(-MOST_OF_A_NUMBER)
  return known?.findLast((block) => fits(block, delta)) ?? addBlock(fold, startBlock(index, {}))
}

function addBlock({ blocks, numbered }: MessageFold, block: Block): Block {
  const same = numbered.get(block.index)
  if (same) same.push(block)
  else numbered.set(block.index, [block])
  blocks.push(block)
  return block
}

/** Some servers give the error itself as the event. */
function errorIn({ type: _type, error, ...rest }: Fields): unknown {
  return error ?? rest
}

/** Counts of a usage are totals so far: a later one replaces, one that is left out stays, and so does one before a 0. */
function overlay(target: Fields, source: unknown): void {
  if (!isObject(source)) return
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined) setMember(target, name, laterState(ownMember(target, name), value))
  }
}

function indexOf({ index }: { readonly [name: string]: unknown }): number {
  return typeof index === 'number' ? index : 0
}
