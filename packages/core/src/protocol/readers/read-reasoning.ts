import { isObject } from '../../base/json.ts'
import type { CallResponse } from '../../record/call-facts.ts'
import { splitThinking } from './split-thinking.ts'

type Fields = { readonly [name: string]: unknown }
type Reasoning = NonNullable<CallResponse['reasoning']>
type Span = NonNullable<Reasoning['spans']>[number]

/** A stretch of reasoning as found: which member or block held it, and what it said. */
interface Piece {
  readonly source: string
  readonly text?: string | undefined
  readonly signature?: string | undefined
  readonly encrypted?: boolean
  readonly span: Span
}

/** Members of a message that hold reasoning as text: DeepSeek and vLLM, OpenRouter, Ollama. */
const FIELDS = ['reasoning_content', 'reasoning', 'thinking', 'reasoningContent'] as const

/**
 * Where messages show reasoning, whichever way their provider gives it: members of their own, blocks
 * with signatures or with encrypted contents, or tags in the text (see {@link splitThinking}).
 * `undefined` when there is none. `messages` are the answer's, one a choice, as answered: objects
 * with `content` or `parts`, single blocks, or plain strings. Encrypted reasoning is marked; it has
 * no text and stays in the output. A server that gives the same reasoning twice, as a member and
 * as blocks, is read once.
 */
export function readReasoning(messages: readonly unknown[]): Reasoning | undefined {
  const pieces = messages.flatMap((message, index) => piecesOf(message, index))
  const first = pieces[0]
  if (first === undefined) return undefined
  const texts = pieces.flatMap(({ text }) => (text === undefined ? [] : [text]))
  const signatures = pieces.flatMap(({ signature }) => (signature === undefined ? [] : [signature]))
  return {
    source: first.source,
    blocks: pieces.length,
    spans: pieces.slice(0, MAX_SPANS).map(({ span }) => span),
    ...(signatures.length > 0 && { signatures }),
    ...(pieces.some(({ encrypted }) => encrypted) && { encrypted: true }),
    ...(texts.length > 0 && { text: texts.join('\n') })
  }
}

/** More would not fit a header; `blocks` still counts them all. */
const MAX_SPANS = 32

function piecesOf(message: unknown, index: number): Piece[] {
  if (typeof message === 'string') return taggedIn(message, { message: index })
  if (!isObject(message)) return []
  const blocks = [message.content, message.parts, message.reasoning_details].find(
    (list) => Array.isArray(list) && list.some((one) => readBlock(one) !== undefined)
  )
  if (Array.isArray(blocks)) {
    return blocks.flatMap((block, part) => {
      const piece = readBlock(block)
      return piece ? [{ ...piece, span: { message: index, part } }] : []
    })
  }
  const own = readBlock(message)
  if (own) return [{ ...own, span: { message: index } }]
  for (const field of FIELDS) {
    const text = message[field]
    if (typeof text === 'string' && text !== '') {
      return [{ source: field, text, span: { message: index } }]
    }
  }
  return taggedInContent(message, index)
}

function taggedInContent({ content, text, parts }: Fields, message: number): Piece[] {
  const held = content ?? text ?? parts
  if (typeof held === 'string') return taggedIn(held, { message })
  if (!Array.isArray(held)) return []
  return held.flatMap((block, part) =>
    isObject(block) && typeof block.text === 'string' ? taggedIn(block.text, { message, part }) : []
  )
}

function taggedIn(text: string, at: Span): Piece[] {
  const split = splitThinking(text)
  if (split === undefined) return []
  return split.spans.map(({ start, end, text: inside }) => ({
    source: split.tag,
    text: inside,
    span: { ...at, start, end }
  }))
}

/** A block of reasoning in the shape of any provider; other blocks have none. */
function readBlock(block: unknown): Omit<Piece, 'span'> | undefined {
  if (!isObject(block)) return undefined
  const { type, reasoningContent } = block
  if (isObject(reasoningContent)) return bedrock(reasoningContent)
  if (block.thought === true) {
    return { source: 'thought', ...textAndSignature(block.text, block.thoughtSignature) }
  }
  if (typeof block.thoughtSignature === 'string') {
    // Gemini: encrypted thoughts, carried by the part that came of them.
    return {
      source: 'thoughtSignature',
      ...textAndSignature(undefined, block.thoughtSignature),
      encrypted: true
    }
  }
  if (typeof type !== 'string') return undefined
  if (type === 'redacted_thinking' || type === 'reasoning.encrypted') {
    return { source: type, encrypted: true }
  }
  if (type === 'thought') {
    // Gemini's interactions.
    const shown = textAndSignature(joined(block.summary), block.signature)
    return { source: type, ...shown, ...(shown.text === undefined && { encrypted: true }) }
  }
  if (type === 'thinking') {
    const shown = textAndSignature(joined(block.thinking), block.signature)
    // Thinking that is not shown is in the signature, encrypted.
    const hidden = shown.text === undefined && shown.signature !== undefined
    return { source: type, ...shown, ...(hidden && { encrypted: true }) }
  }
  if (type !== 'reasoning' && !/^reasoning\.(text|summary)$/.test(type)) return undefined
  const said = [block.summary, block.content, block.text, block.reasoning].map(joined)
  const text = said.filter((each) => each !== undefined && each !== '').join('\n')
  const { encrypted_content: sealed } = block
  // Servers without encryption send an empty text.
  const hidden = typeof sealed === 'string' && sealed !== ''
  return {
    source: type,
    ...textAndSignature(text === '' ? undefined : text, block.signature),
    ...(hidden && { encrypted: true })
  }
}

/** Bedrock Converse: `reasoningContent: { reasoningText: { text, signature } | redactedContent }`. */
function bedrock({ reasoningText, redactedContent, text, signature }: Fields) {
  const shown = isObject(reasoningText) ? reasoningText : { text, signature }
  return {
    source: 'reasoningContent',
    ...textAndSignature(shown.text, shown.signature),
    ...(redactedContent !== undefined && { encrypted: true })
  }
}

function textAndSignature(
  text: unknown,
  signature: unknown
): { readonly text?: string; readonly signature?: string } {
  return {
    ...(typeof text === 'string' && text !== '' && { text }),
    ...(typeof signature === 'string' && signature !== '' && { signature })
  }
}

/** A text, or a list of texts in blocks. */
function joined(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  return value
    .flatMap((each) => (isObject(each) && typeof each.text === 'string' ? [each.text] : []))
    .join('\n')
}
