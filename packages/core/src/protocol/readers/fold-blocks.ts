import { isObject, ownMember, setMember } from '../../base/json.ts'
import { stringify } from '../../base/json-text.ts'

type Fields = { [name: string]: unknown }

/** Blocks whose words come in pieces: of answers, of reasoning, of summaries. */
const TEXTS = /^(text|output_text|thinking|reasoning|reasoning_text|summary_text|refusal)$/

/** Members of such blocks that go on in the next one. */
const TEXT_MEMBERS: ReadonlySet<string> = new Set([
  'text',
  'thinking',
  'reasoning',
  'summary',
  'refusal'
])

/**
 * Adds pieces of a content to the blocks that came before, in place. A text is a block of text; a block of
 * words goes on in the block before it, where that is of the same type and nothing beside the words
 * differs. Other items are new ones.
 */
export function foldBlocks(blocks: unknown[], pieces: readonly unknown[]): void {
  for (const piece of pieces) {
    if (piece === '') continue
    const block = typeof piece === 'string' ? { type: 'text', text: piece } : piece
    const last = blocks.at(-1)
    if (isObject(last) && isObject(block) && continues(last, block)) goOn(last, block)
    else blocks.push(isObject(block) ? copyOf(block) : block)
  }
}

/** A content that came as text, as the list of blocks that it goes on as. */
export function toBlocks(content: unknown): unknown[] {
  if (Array.isArray(content)) return content
  const blocks: unknown[] = []
  if (typeof content === 'string') foldBlocks(blocks, [content])
  return blocks
}

/** Whether an item of a list is a block of words, which may go on in the next item. */
export function isWords(item: unknown): boolean {
  return isObject(item) && typeof item.type === 'string' && TEXTS.test(item.type)
}

function continues(last: Fields, block: { readonly [name: string]: unknown }): boolean {
  if (last.type !== block.type || !isWords(block)) return false
  return Object.entries(block).every(([name, value]) => {
    const before = ownMember(last, name)
    if (before === undefined || value === null || isMore(name, before, value)) return true
    return stringify(before) === stringify(value)
  })
}

function goOn(last: Fields, block: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(block)) {
    const before = ownMember(last, name)
    if (!isMore(name, before, value)) {
      if (value !== null || before === undefined) setMember(last, name, value)
    } else if (Array.isArray(before)) foldBlocks(before, value as readonly unknown[])
    else setMember(last, name, `${String(before)}${String(value)}`)
  }
}

function isMore(name: string, before: unknown, value: unknown): boolean {
  if (!TEXT_MEMBERS.has(name)) return false
  if (Array.isArray(before)) return Array.isArray(value)
  return typeof before === 'string' && typeof value === 'string'
}

/** A block of the fold's own, with lists of its own: what came is not to be changed. */
function copyOf(block: { readonly [name: string]: unknown }): Fields {
  const copy: Fields = {}
  for (const [name, value] of Object.entries(block)) {
    if (!TEXT_MEMBERS.has(name) || !Array.isArray(value)) setMember(copy, name, value)
    else {
      const words: unknown[] = []
      foldBlocks(words, value)
      copy[name] = words
    }
  }
  return copy
}
