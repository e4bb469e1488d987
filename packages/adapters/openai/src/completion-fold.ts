import { isObject } from '@slm-audit/core'
import { type ChoicesFold, type Fields, keepLast, stepChoices } from './choices-fold.ts'

/** Lists of llama.cpp's own stream that come in pieces. */
const LISTS = ['tokens', 'completion_probabilities']

/** Folds one chunk of a text completion, in OpenAI's shape or in llama.cpp's own. */
export function stepCompletion(fold: ChoicesFold, event: unknown): ChoicesFold {
  if (!isObject(event)) return fold
  const { body } = fold
  const pieces: Fields = { ...event }
  if (typeof event.content === 'string') pieces.content = join(body.content, event.content)
  for (const name of LISTS) {
    const list = event[name]
    if (Array.isArray(list)) pieces[name] = [...listOf(body[name]), ...list]
  }
  return stepChoices(fold, pieces, stepChoice)
}

function stepChoice(choice: Fields, piece: Fields): void {
  const { text, logprobs, ...rest } = piece
  keepLast(choice, rest)
  if (typeof text === 'string') choice.text = join(choice.text, text)
  if (!isObject(logprobs)) return
  const into: Fields = isObject(choice.logprobs) ? choice.logprobs : {}
  for (const [name, value] of Object.entries(logprobs)) {
    if (Array.isArray(value)) into[name] = [...listOf(into[name]), ...value]
  }
  choice.logprobs = into
}

function join(before: unknown, piece: string): string {
  return typeof before === 'string' ? before + piece : piece
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
