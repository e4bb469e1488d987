import { foldDelta, isObject } from '@slm-audit/core'
import { type ChoicesFold, type Fields, keepLast, stepChoices } from './choices-fold.ts'

/** Members of a delta that are texts in pieces. Other strings, such as the role, come once. */
const PIECES = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'input'
])

/** Folds one chunk of a chat; what it does not know it keeps as it came last. */
export function stepChat(fold: ChoicesFold, event: unknown): ChoicesFold {
  return stepChoices(fold, event, stepChoice)
}

function stepChoice(choice: Fields, piece: Fields): void {
  const { delta, logprobs, index: _index, ...rest } = piece
  choice.message ??= {}
  keepLast(choice, rest)
  if (isObject(delta)) foldDelta(choice.message as Fields, delta, PIECES)
  // Per-token lists come in pieces, one list a name.
  if (isObject(logprobs)) foldDelta(choice, { logprobs }, PIECES)
}
