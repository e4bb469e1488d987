import { isObject } from '@slm-audit/core/adapter'
import { type ChoicesFold, type Fields, joinLists, keepLast, stepChoices } from './choices-fold.ts'

/** Folds one chunk of a text completion. */
export function stepCompletion(fold: ChoicesFold, event: unknown): ChoicesFold {
  return stepChoices(fold, event, stepChoice)
}

function stepChoice(choice: Fields, piece: Fields): void {
  // Together says the words a second time in a delta.
  const { text, logprobs, delta: _delta, ...rest } = piece
  keepLast(choice, rest)
  if (typeof text === 'string') {
    choice.text = typeof choice.text === 'string' ? choice.text + text : text
  }
  if (!isObject(logprobs)) return
  const into: Fields = isObject(choice.logprobs) ? choice.logprobs : {}
  for (const [name, value] of Object.entries(logprobs)) {
    if (Array.isArray(value)) into[name] = joinLists(into[name], value)
  }
  choice.logprobs = into
}
