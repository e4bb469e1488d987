import { foldDelta, indexesOf, isObject } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The chunks of a streamed answer, folded into the body that comes in one piece. */
export type CompletionFold = Fields

/** Members of a delta that are texts in pieces. */
const PIECES = new Set(['arguments'])

/** Folds one chunk; contents, which come as texts or as lists of blocks, are gathered in one list. */
export function stepCompletion(fold: CompletionFold, event: unknown): CompletionFold {
  if (!isObject(event)) return fold
  const { choices, ...rest } = event
  const given = (Array.isArray(choices) ? choices : []).filter(isObject)
  const indexes = indexesOf(given)
  const pieces = given.map((choice, at) => toPiece(choice, indexes[at]))
  foldDelta(fold, pieces.length > 0 ? { ...rest, choices: pieces } : rest, PIECES)
  return fold
}

/** The body that the chunks add up to. */
export function finishCompletion(fold: CompletionFold): Fields {
  const { choices } = fold
  if (!Array.isArray(choices)) return fold
  const ordered = choices
    .filter(isObject)
    .sort((left, right) => Number(left.index) - Number(right.index))
  return { ...fold, choices: ordered.map(withContent) }
}

function toPiece({ delta, ...rest }: Fields, index: number | undefined): Fields {
  const piece = { ...rest, index }
  if (!isObject(delta)) return piece
  const { content, ...message } = delta
  const listed = typeof content === 'string' ? [content] : content
  return { ...piece, message: { ...message, ...(listed !== undefined && { content: listed }) } }
}

function withContent(choice: Fields): Fields {
  const { message } = choice
  if (!isObject(message) || !Array.isArray(message.content)) return choice
  return { ...choice, message: { ...message, content: joinContent(message.content) } }
}

/** A text where only texts came; else blocks, of which neighbours of one kind are one. */
export function joinContent(pieces: readonly unknown[]): unknown {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('')
  const blocks: unknown[] = []
  for (const piece of pieces) {
    if (piece === '') continue
    const block = typeof piece === 'string' ? { type: 'text', text: piece } : piece
    const last = blocks.at(-1)
    if (isObject(last) && isObject(block) && last.type === block.type && isText(block)) {
      blocks[blocks.length - 1] = join(last, block)
    } else blocks.push(block)
  }
  return blocks
}

function isText({ type }: Fields): boolean {
  return type === 'text' || type === 'thinking'
}

function join(before: Fields, block: Fields): Fields {
  const { text, thinking } = before
  return {
    ...before,
    ...block,
    ...(typeof text === 'string' && { text: text + String(block.text ?? '') }),
    ...(Array.isArray(thinking) && {
      thinking: joinContent([...thinking, ...listOf(block.thinking)])
    })
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
