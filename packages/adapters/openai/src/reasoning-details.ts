import { isObject, ownMember, setMember } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** Members of a detail that come in pieces. */
const PIECES = ['text', 'summary'] as const

/**
 * OpenRouter's details of a reasoning: pieces of one text, or of one summary, follow each other and
 * become one; others, such as encrypted ones, are as they came.
 */
export function foldReasoningDetails(before: unknown, pieces: readonly unknown[]): unknown[] {
  const details: unknown[] = Array.isArray(before) ? before : []
  for (const piece of pieces) {
    const last = details.at(-1)
    if (isObject(last) && isObject(piece) && continues(last, piece)) append(last, piece)
    else details.push(isObject(piece) ? { ...piece } : piece)
  }
  return details
}

function continues(last: Fields, { type, index }: Fields): boolean {
  const isText = type === 'reasoning.text' || type === 'reasoning.summary'
  return isText && last.type === type && last.index === index
}

function append(last: Fields, piece: Fields): void {
  for (const [name, value] of Object.entries(piece)) {
    if (value === null || value === undefined) continue
    const known = ownMember(last, name)
    const isPiece = PIECES.some((each) => each === name)
    const isMore = isPiece && typeof known === 'string'
    setMember(last, name, isMore ? known + String(value) : value)
  }
}
